"""The first stage of training: activations, Gram matrices, and gradients with respect to the picture."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from networks import CONTENT, SEEN, STYLE, activations, flat, gram, mapped
from players import Players
from student import calm, relative

SIDE, PLAYING, PLAYERS = 128, 3, 24
# Steps that the average of the weights is over.
AVERAGED = 250
PARTS = ["activation", "gram", "residual", "gradient"]


@dataclass(frozen=True)
class Phase:
    """Some steps with a rate that falls from its highest to nothing."""

    steps: int
    highest: float
    fresh: int
    """Crops a step, beside the paintings in progress."""
    weights: tuple[float, ...]
    """Of PARTS."""

    def rate(self, at: int) -> float:
        return self.highest * min(1, (at + 10) / 100) * (0.5 * (1 + np.cos(np.pi * at / self.steps)) + 0.02)


# Towards its end the first phase learnt the few paintings by heart, which the second makes up for.
PHASES = [Phase(900, 2e-4, 4, (1.0, 2.0, 10.0, 0.4)), Phase(380, 1e-4, 8, (1.0, 2.0, 3.0, 0.1))]


class Distilling:
    """Steps of a student: over fresh crops and over paintings in progress."""

    def __init__(self, student, crops, rng: np.random.Generator):
        self.student, self.crops = student, crops
        targets = lambda content, style: [t.numpy() for t in self.targets(content, style)]
        self.players = Players(crops, rng, PLAYERS, PLAYING, targets)

    def step(self, phase: Phase):
        """Mean errors by PARTS, and the gradients' norm."""
        group = self.players.group()
        stack = lambda key: tf.constant(np.stack([p[key] for p in group]))
        targets = [tf.constant(np.concatenate(t)) for t in zip(*[p["targets"] for p in group])]
        fresh = tf.constant(np.stack([self.crops.training() for _ in range(phase.fresh)]))
        parts, norm, g_s, g_t, style, content = self.learn(
            tf.constant(phase.weights), fresh, stack("x"), stack("content"), stack("style"), stack("weight"), *targets
        )
        self.players.move(g_s.numpy(), g_t.numpy(), style.numpy(), content.numpy())
        return [float(p) for p in parts], float(norm)

    @tf.function
    def targets(self, content, style):
        """The teacher's content activations and style Gram matrices."""
        s = activations(style, self.student.teacher)
        return [activations(content, self.student.teacher, CONTENT)[CONTENT]] + [gram(s[n]) for n in STYLE]

    @tf.function
    def learn(self, weights_of_parts, fresh, x, content, style, weight, *targets):
        teacher = self.student.teacher
        content_t, styles_t = tf.cast(targets[0], tf.float32), targets[1:]
        energy = tf.reduce_mean(content_t**2, [1, 2, 3])
        with tf.GradientTape() as tape:
            tape.watch(x)
            t_x = activations(x, teacher)
            gaps_t = [gram(t_x[n]) - t for n, t in zip(STYLE, styles_t)]
            style_t = sum(relative(g, t) for g, t in zip(gaps_t, styles_t)) / len(STYLE)
            differences = tf.cast(t_x[CONTENT], tf.float32) - content_t
            content_loss = tf.reduce_mean(differences**2, [1, 2, 3]) / energy
            loss_t = tf.reduce_sum(content_loss + weight * style_t)
        gradient_t = tape.gradient(loss_t, x)
        t_fresh = activations(fresh, teacher)
        weights, maps = self.student.unfolded()
        s_style = activations(style, weights)
        styles_s = [tf.stop_gradient(mapped(gram(s_style[n]), maps[n])) for n in STYLE]
        content_s = tf.stop_gradient(activations(content, weights, CONTENT)[CONTENT])
        with tf.GradientTape() as outer:
            weights, maps = self.student.unfolded()
            with tf.GradientTape() as inner:
                inner.watch(x)
                s_x = activations(x, weights)
                gaps_s = [mapped(gram(s_x[n]), maps[n]) - t for n, t in zip(STYLE, styles_s)]
                style_s = sum(relative(g, t) for g, t in zip(gaps_s, styles_t)) / len(STYLE)
                differences = (flat(s_x[CONTENT]) - flat(content_s)) @ maps[CONTENT]
                loss_s = tf.reduce_sum(tf.reduce_mean(differences**2, [1, 2]) / energy + weight * style_s)
            gradient_s = inner.gradient(loss_s, x)
            mean = lambda terms: [tf.reduce_mean(t) for t in terms]
            errors = []
            for s, t in ((activations(fresh, weights), t_fresh), (s_x, t_x)):
                a, grams = self.student.errors(s, t, maps)
                errors.append((tf.add_n(mean(a)) / len(SEEN), calm(mean([relative(g - h, h) for g, h in grams]))))
            residual = mean([relative(s - t, target) for s, t, target in zip(gaps_s, gaps_t, styles_t)])
            both = tf.reduce_sum(gradient_s**2, [1, 2, 3]) + tf.reduce_sum(gradient_t**2, [1, 2, 3])
            direction = tf.reduce_mean(tf.reduce_sum((gradient_s - gradient_t) ** 2, [1, 2, 3]) / (both + 1e-12))
            (a_fresh, g_fresh), (a_x, g_x) = errors
            parts = [(a_fresh + a_x) / 2, (g_fresh + g_x) / 2, calm(residual), direction]
            loss = tf.reduce_sum(weights_of_parts * tf.stack(parts))
        norm = self.student.learn(outer.gradient(loss, self.student.variables), AVERAGED)
        return parts, norm, gradient_s, gradient_t, style_t, content_loss
