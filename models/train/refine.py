"""The second stage of training: paintings that go far down the student's own loss, where its errors lead.

What a loss of style has left where the student sees none is the difference between both networks' differences of Gram
matrices; here it weighs most. Paintings in progress move some steps a visit, for which the teacher is not needed, so
that many more of them come to their end.
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from networks import CONTENT, SEEN, STYLE, activations, flat, gram, mapped
from players import RATE, TV, Players
from student import calm, relative

SIDE = 96
# Steps that the average of the weights is over.
AVERAGED = 100
# Crops a step; paintings in progress a step and in all; steps of each a visit.
FRESH, PLAYING, PLAYERS, MOVES = 8, 4, 32, 3
PARTS = ["activation", "gram", "residual"]
WEIGHTS = (1.0, 3.0, 6.0)
# relu1_1 is all but exact, and by far the largest: its Gram matrices are enough.
MATCHED = SEEN[1:]


@dataclass(frozen=True)
class Phase:
    """Some steps with a rate that falls from its highest to nothing."""

    steps: int
    highest: float

    def rate(self, at: int) -> float:
        return self.highest * min(1, (at + 10) / 60) * 0.5 * (1 + np.cos(np.pi * at / self.steps))


PHASES = [Phase(1115, 5e-4)]


class Travellers(Players):
    """Players that move several steps a visit."""

    noise, blends = 0.1, 0.1

    def visits(self) -> int:
        return int(np.exp(self.rng.uniform(np.log(6), np.log(40))))

    def moved(self, x, m, v, style) -> None:
        """Takes the group's new pictures, and the teacher's loss of style at them."""
        for i, p in enumerate(self.group()):
            p["x"], p["m"], p["v"] = x[i], m[i], v[i]
            p["step"] += np.float32(MOVES)
            p["left"] -= 1
            if p["left"] <= 0:
                if p["step"] > 45:
                    self.retired.append((float(style[i]), np.nan))
                self.players[(self.next + i) % len(self.players)] = self.fresh()
        self.next = (self.next + self.together) % len(self.players)


class Refining:
    """Steps of a student: over fresh crops, paintings in progress, and what these are to resemble."""

    def __init__(self, student, crops, rng: np.random.Generator):
        self.student, self.crops = student, crops
        targets = lambda _content, style: [t.numpy() for t in self.targets(style)]
        self.players = Travellers(crops, rng, PLAYERS, PLAYING, targets)

    def step(self, _phase: Phase):
        """Mean errors by PARTS, and the gradients' norm."""
        group = self.players.group()
        stack = lambda key: tf.constant(np.stack([p[key] for p in group]))
        x, m, v = self.play(*[stack(k) for k in ("x", "m", "v", "step", "content", "style", "weight")])
        fresh = tf.constant(np.stack([self.crops.training() for _ in range(FRESH)]))
        targets = [tf.constant(np.concatenate(t)) for t in zip(*[p["targets"] for p in group])]
        parts, norm, style = self.learn(fresh, x, stack("style"), *targets)
        self.players.moved(x.numpy(), m.numpy(), v.numpy(), style.numpy())
        return [float(p) for p in parts], float(norm)

    @tf.function
    def targets(self, style):
        """The teacher's Gram matrices of paintings."""
        s = activations(style, self.student.teacher)
        return [gram(s[n]) for n in STYLE]

    @tf.function
    def play(self, x, m, v, step, content, style, weight):
        """Some steps of Adam down the student's loss, from each player's own state."""
        weights, maps = self.student.unfolded()
        aim = flat(activations(content, weights, CONTENT)[CONTENT]) @ maps[CONTENT]
        energy = tf.reduce_mean(aim**2, [1, 2])
        s = activations(style, weights)
        aims = [mapped(gram(s[n]), maps[n]) for n in STYLE]
        shaped = lambda t: t[:, None, None, None]
        for _ in range(MOVES):
            with tf.GradientTape() as tape:
                tape.watch(x)
                f = activations(x, weights)
                styles = sum(relative(mapped(gram(f[n]), maps[n]) - t, t) for n, t in zip(STYLE, aims)) / len(STYLE)
                contents = tf.reduce_mean((flat(f[CONTENT]) @ maps[CONTENT] - aim) ** 2, [1, 2]) / energy
                down, across = x[:, 1:] - x[:, :-1], x[:, :, 1:] - x[:, :, :-1]
                rough = TV * (tf.reduce_mean(down**2, [1, 2, 3]) + tf.reduce_mean(across**2, [1, 2, 3])) / 2
                loss = tf.reduce_sum(contents + weight * styles + rough)
            g = tape.gradient(loss, x)
            step += 1.0
            m, v = 0.9 * m + 0.1 * g, 0.98 * v + 0.02 * g * g
            unbiased = m / shaped(1 - 0.9**step) / (tf.sqrt(v / shaped(1 - 0.98**step)) + 1e-8)
            x -= shaped(RATE / (1 + step / 40)) * unbiased
        return x, m, v

    @tf.function
    def learn(self, fresh, x, style, *styles_t):
        """A step of training on fresh crops, players' pictures and players' paintings."""
        count = len(fresh)
        t = activations(tf.concat([fresh, x], 0), self.student.teacher)
        with tf.GradientTape() as tape:
            weights, maps = self.student.unfolded()
            s = activations(tf.concat([fresh, x, style], 0), weights)
            both = {n: f[: count + len(x)] for n, f in s.items()}
            a, grams = self.student.errors(both, t, maps, MATCHED)
            styles_s = [mapped(gram(s[n][count + len(x) :]), maps[n]) for n in STYLE]
            every_s = [tf.concat([g, own], 0) for (g, _), own in zip(grams, styles_s)]
            every_t = [tf.concat([g, own], 0) for (_, g), own in zip(grams, styles_t)]
            residual = [
                relative((g[count:] - own) - (truth[count:] - aim), aim)
                for (g, truth), own, aim in zip(grams, styles_s, styles_t)
            ]
            parts = [
                tf.add_n([tf.reduce_mean(e) for e in a]) / len(a),
                calm([relative(own - truth, truth) for own, truth in zip(every_s, every_t)]),
                calm(residual),
            ]
            loss = tf.reduce_sum(tf.constant(WEIGHTS) * tf.stack(parts))
        norm = self.student.learn(tape.gradient(loss, self.student.variables), AVERAGED)
        painted = sum(relative(truth[count:] - aim, aim) for (_, truth), aim in zip(grams, styles_t)) / len(STYLE)
        return parts, norm, painted
