"""Distils VGG-19's first three blocks into the compact network.

    python train.py --teacher FOLDER --pictures FILE.npz --work FOLDER [--seed N]

Stops and goes on at any time: a checkpoint every few minutes in the work folder. Each step adds up, over fresh crops
and over paintings in progress: the relative squared error of the mapped activations; that of the mapped Gram
matrices; for paintings also that of the difference of Gram matrices from the painting's; and the difference of the
loss's gradients with respect to the picture, relative to both.
"""

import argparse
import os
import pickle
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from data import Crops
from networks import CONTENT, NAMES, SEEN, STYLE, activations, flat, gram, load_teacher, mapped
from players import Players
from rotation import EVERY, RotatedAdam
from start import closed_form

SIDE, PLAYING, PLAYERS = 128, 3, 24
PARTS = ["activation", "gram", "residual", "gradient"]


@dataclass(frozen=True)
class Phase:
    """Some steps with a rate that falls from its highest to nothing."""

    steps: int
    rate: float
    fresh: int
    """Crops a step, beside the paintings in progress."""
    weights: tuple[float, ...]
    """Of PARTS."""


# Towards its end the first phase learnt the few paintings by heart, which the second makes up for.
PHASES = [Phase(900, 2e-4, 4, (1.0, 2.0, 10.0, 0.4)), Phase(380, 1e-4, 8, (1.0, 2.0, 3.0, 0.1))]


def relative(error, truth):
    """Squared errors over squared truth, by picture."""
    axes = list(range(1, len(truth.shape)))
    return tf.reduce_sum(error**2, axes) / (tf.reduce_sum(truth**2, axes) + 1e-6 * tf.reduce_mean(truth**2))


class Distillation:
    def __init__(self, teacher, weights, maps, bases):
        self.teacher = {k: tuple(tf.constant(t) for t in v) for k, v in teacher.items()}
        # What is learned are the weights for whitened inputs. Activations are positive and much alike, so that a
        # small step of all weights together would change everything; whitened, every step counts the same.
        self.bases = {n: (tf.constant(bases[n][0][0]), tf.constant(bases[n][1][0])) for n in NAMES}
        self.shapes = {n: weights[n][0].shape for n in NAMES}
        # Maps are kept in units of the teacher's activations, so that one rate of learning fits all.
        self.scale = {n: float(np.sqrt((maps[n] ** 2).sum(0).mean())) for n in SEEN}
        rows = {n: np.concatenate([weights[n][0].reshape(-1, weights[n][1].size), weights[n][1][None]]) for n in NAMES}
        self.stored = {n: tf.Variable(bases[n][0][1] @ rows[n]) for n in NAMES}
        self.stored_maps = {n: tf.Variable(bases[n][1][1] @ maps[n] / self.scale[n]) for n in SEEN}
        self.variables = [self.stored[n] for n in NAMES] + [self.stored_maps[n] for n in SEEN]
        self.optimizer = RotatedAdam(self.variables)
        self.average = [tf.Variable(v) for v in self.variables]

    def unfolded(self, stored, stored_maps):
        """Kernels and biases, and maps, from what is learned."""
        weights = {}
        for n in NAMES:
            rows = self.bases[n][0] @ stored[n]
            weights[n] = (tf.reshape(rows[:-1], self.shapes[n]), rows[-1])
        return weights, {n: self.bases[n][1] @ stored_maps[n] * self.scale[n] for n in SEEN}

    @tf.function
    def targets(self, content, style):
        """The teacher's content activations and style Gram matrices."""
        s = activations(style, self.teacher)
        return [activations(content, self.teacher, CONTENT)[CONTENT]] + [gram(s[n]) for n in STYLE]

    def losses(self, student, teacher, maps):
        """Mean relative errors of activations and of Gram matrices."""
        a = [tf.reduce_mean(relative(flat(student[n]) @ maps[n] - flat(teacher[n]), flat(teacher[n]))) for n in SEEN]
        grams = {n: (mapped(gram(student[n]), maps[n]), gram(teacher[n])) for n in STYLE}
        g = [tf.reduce_mean(relative(s - t, t)) for s, t in grams.values()]
        return a, g, grams

    @tf.function
    def step(self, weights_of_parts, fresh, x, content, style, weight, *targets):
        content_t, styles_t = tf.cast(targets[0], tf.float32), targets[1:]
        energy = tf.reduce_mean(content_t**2, [1, 2, 3])
        with tf.GradientTape() as tape:
            tape.watch(x)
            t_x = activations(x, self.teacher)
            gaps_t = [gram(t_x[n]) - t for n, t in zip(STYLE, styles_t)]
            style_t = sum(relative(g, t) for g, t in zip(gaps_t, styles_t)) / len(STYLE)
            differences = tf.cast(t_x[CONTENT], tf.float32) - content_t
            content_loss = tf.reduce_mean(differences**2, [1, 2, 3]) / energy
            loss_t = tf.reduce_sum(content_loss + weight * style_t)
        gradient_t = tape.gradient(loss_t, x)
        t_fresh = activations(fresh, self.teacher)
        weights, maps = self.unfolded(self.stored, self.stored_maps)
        s_content = activations(content, weights, CONTENT)[CONTENT]
        s_style = activations(style, weights)
        styles_s = [tf.stop_gradient(mapped(gram(s_style[n]), maps[n])) for n in STYLE]
        content_s = tf.stop_gradient(s_content)
        with tf.GradientTape() as outer:
            weights, maps = self.unfolded(self.stored, self.stored_maps)
            with tf.GradientTape() as inner:
                inner.watch(x)
                s_x = activations(x, weights)
                gaps_s = [mapped(gram(s_x[n]), maps[n]) - t for n, t in zip(STYLE, styles_s)]
                style_s = sum(relative(g, t) for g, t in zip(gaps_s, styles_t)) / len(STYLE)
                differences = (flat(s_x[CONTENT]) - flat(content_s)) @ maps[CONTENT]
                loss_s = tf.reduce_sum(tf.reduce_mean(differences**2, [1, 2]) / energy + weight * style_s)
            gradient_s = inner.gradient(loss_s, x)
            a_fresh, g_fresh, _ = self.losses(activations(fresh, weights), t_fresh, maps)
            a_x, g_x, _ = self.losses(s_x, t_x, maps)
            residual = [tf.reduce_mean(relative(s - t, target)) for s, t, target in zip(gaps_s, gaps_t, styles_t)]
            both = tf.reduce_sum(gradient_s**2, [1, 2, 3]) + tf.reduce_sum(gradient_t**2, [1, 2, 3])
            direction = tf.reduce_mean(tf.reduce_sum((gradient_s - gradient_t) ** 2, [1, 2, 3]) / (both + 1e-12))
            activation = tf.add_n(a_fresh) / len(SEEN) + tf.add_n(a_x) / len(SEEN)
            # A single odd picture must not outweigh all others: the loss grows like its root beyond 0.05.
            calm = lambda terms: tf.add_n([0.1 * (tf.sqrt(1 + 20 * t) - 1) for t in terms]) / len(terms)
            parts = [activation / 2, (calm(g_fresh) + calm(g_x)) / 2, calm(residual), direction]
            loss = tf.reduce_sum(weights_of_parts * tf.stack(parts))
        gradients = outer.gradient(loss, self.variables)
        gradients, norm = tf.clip_by_global_norm(gradients, 1.0)
        self.optimizer.apply(gradients)
        for mean, v in zip(self.average, self.variables):
            mean.assign_add(0.004 * (v - mean))
        return parts, norm, gradient_s, gradient_t, style_t, content_loss

    @tf.function
    def check(self, pictures):
        """The mean relative errors of the averaged weights."""
        weights, maps = self.unfolded(dict(zip(NAMES, self.average)), dict(zip(SEEN, self.average[len(NAMES) :])))
        a, g, _ = self.losses(activations(pictures, weights), activations(pictures, self.teacher), maps)
        return a, g

    def averaged(self):
        """The averaged weights and maps as arrays by name."""
        weights, maps = self.unfolded(
            dict(zip(NAMES, self.average)), dict(zip(SEEN, self.average[len(NAMES):]))
        )
        return {n: tuple(t.numpy() for t in w) for n, w in weights.items()}, {n: m.numpy() for n, m in maps.items()}


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--teacher", type=Path, required=True)
    options.add_argument("--pictures", type=Path, required=True)
    options.add_argument("--work", type=Path, required=True)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    checkpoint = given.work / "checkpoint.pickle"
    tf.config.threading.set_inter_op_parallelism_threads(1)
    rng = np.random.default_rng(given.seed)
    crops = Crops(given.pictures, rng, SIDE, slice(0, -60))
    aside = Crops(given.pictures, np.random.default_rng(5), SIDE, slice(-60, None))
    validation = tf.constant(np.stack([aside.plain() for _ in range(24)]))
    teacher = load_teacher(given.teacher)
    start = (
        pickle.loads(checkpoint.read_bytes())["start"]
        if checkpoint.exists()
        else closed_form(teacher, np.stack([crops.training() for _ in range(56)]), rng)
    )
    weights, maps, bases, errors = start
    model = Distillation(teacher, weights, maps, bases)
    step = 0
    if checkpoint.exists():
        saved = pickle.loads(checkpoint.read_bytes())
        step = saved["step"]
        for variable, value in zip(model.variables + model.average + model.optimizer.variables, saved["variables"]):
            variable.assign(value)
        rng.bit_generator.state = saved["rng"]
    print("closed form", {k: round(v, 4) for k, v in errors.items()}, flush=True)

    players = Players(crops, rng, PLAYERS, PLAYING, lambda c, s: [t.numpy() for t in model.targets(c, s)])
    log = (given.work / "log.csv").open("a")
    if step == 0:
        log.write(",".join(["step", "rate", *PARTS, *[f"activation {n}" for n in SEEN], *[f"gram {n}" for n in STYLE],
                            "painted style", "painted content"]) + "\n")
    sums, counted, saved_at, began = np.zeros(len(PARTS)), 0, time.time(), time.time()
    total = sum(phase.steps for phase in PHASES)
    while step < total:
        phase, at = PHASES[0], step
        for phase in PHASES:
            if at < phase.steps:
                break
            at -= phase.steps
        rate = phase.rate * min(1, (at + 10) / 100) * (0.5 * (1 + np.cos(np.pi * at / phase.steps)) + 0.02)
        model.optimizer.rate.assign(rate)
        if step % EVERY == 1:
            model.optimizer.turn()
        group = players.group()
        stack = lambda key: tf.constant(np.stack([p[key] for p in group]))
        targets = [tf.constant(np.concatenate(t)) for t in zip(*[p["targets"] for p in group])]
        fresh = tf.constant(np.stack([crops.training() for _ in range(phase.fresh)]))
        parts, norm, g_s, g_t, style, content = model.step(
            tf.constant(phase.weights), fresh, stack("x"), stack("content"), stack("style"), stack("weight"), *targets
        )
        players.move(g_s.numpy(), g_t.numpy(), style.numpy(), content.numpy())
        sums += np.array([float(p) for p in parts])
        step, counted = step + 1, counted + 1
        if step % 20 == 0:
            painted = np.mean(players.retired[-40:], 0) if players.retired else [np.nan, np.nan]
            print(step, f"{(time.time() - began) / counted:.2f} s", f"rate {rate:.1e}", np.round(sums / counted, 4),
                  f"norm {float(norm):.2f}", "painted", np.round(painted, 4), flush=True)
            if step % 50 == 0 or step == 20:
                a, g = model.check(validation)
                row = [step, rate, *(sums / counted), *[float(v) for v in a], *[float(v) for v in g], *painted]
                log.write(",".join(f"{v:.5g}" for v in row) + "\n")
                log.flush()
            sums, counted, began = np.zeros(len(PARTS)), 0, time.time()
        if time.time() - saved_at > 150 or step == total:
            variables = [v.numpy() for v in model.variables + model.average + model.optimizer.variables]
            state = {"step": step, "variables": variables, "rng": rng.bit_generator.state, "start": start}
            checkpoint.with_suffix(".new").write_bytes(pickle.dumps(state))
            checkpoint.with_suffix(".new").rename(checkpoint)
            (given.work / "network.new").write_bytes(pickle.dumps(model.averaged()))
            (given.work / "network.new").rename(given.work / "network.pickle")
            saved_at = time.time()


if __name__ == "__main__":
    main()
