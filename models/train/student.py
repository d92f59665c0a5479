"""The student in training: what is learned, its errors, its optimiser and its average."""

import numpy as np
import tensorflow as tf

from networks import NAMES, SEEN, STYLE, activations, flat, gram, mapped
from rotation import RotatedAdam


def relative(error, truth):
    """Squared errors over squared truth, by picture."""
    axes = list(range(1, len(truth.shape)))
    return tf.reduce_sum(error**2, axes) / (tf.reduce_sum(truth**2, axes) + 1e-6 * tf.reduce_mean(truth**2))


class Student:
    def __init__(self, teacher, weights, maps, bases):
        self.teacher = {k: tuple(tf.constant(t) for t in v) for k, v in teacher.items()}
        # What is learned are the weights for whitened inputs. Activations are positive and much alike, so that a
        # small step of all weights together would change everything; whitened, every step counts the same.
        self.bases = {n: (tf.constant(bases[n][0][0]), tf.constant(bases[n][1][0])) for n in NAMES}
        self.shapes = {n: weights[n][0].shape for n in NAMES}
        # Maps are kept in units of the teacher's activations, so that one rate of learning fits all.
        self.scale = {n: float(np.sqrt((maps[n] ** 2).sum(0).mean())) for n in SEEN}
        rows = {n: np.concatenate([weights[n][0].reshape(-1, weights[n][1].size), weights[n][1][None]]) for n in NAMES}
        stored = [bases[n][0][1] @ rows[n] for n in NAMES]
        stored_maps = [bases[n][1][1] @ maps[n] / self.scale[n] for n in SEEN]
        self.variables = [tf.Variable(v) for v in stored + stored_maps]
        self.optimizer = RotatedAdam(self.variables)
        self.average = [tf.Variable(v) for v in self.variables]

    def unfolded(self, variables=None):
        """Kernels and biases, and maps, from what is learned or from its average."""
        variables = variables or self.variables
        stored, stored_maps = dict(zip(NAMES, variables)), dict(zip(SEEN, variables[len(NAMES) :]))
        weights = {}
        for n in NAMES:
            rows = self.bases[n][0] @ stored[n]
            weights[n] = (tf.reshape(rows[:-1], self.shapes[n]), rows[-1])
        return weights, {n: self.bases[n][1] @ stored_maps[n] * self.scale[n] for n in SEEN}

    def errors(self, student, teacher, maps, layers=SEEN):
        """Relative errors of activations, by layer and picture; Gram matrices of both at the layers of style."""
        a = [relative(flat(student[n]) @ maps[n] - flat(teacher[n]), flat(teacher[n])) for n in layers]
        return a, [(mapped(gram(student[n]), maps[n]), gram(teacher[n])) for n in STYLE]

    def learn(self, gradients, averaged: int):
        """A step of the optimiser and of the average over so many steps; returns the norm before it was clipped."""
        gradients, norm = tf.clip_by_global_norm(gradients, 1.0)
        self.optimizer.apply(gradients)
        for mean, v in zip(self.average, self.variables):
            mean.assign_add((v - mean) / averaged)
        return norm

    @tf.function
    def check(self, pictures):
        """The mean relative errors of the averaged weights, of activations and Gram matrices."""
        weights, maps = self.unfolded(self.average)
        a, grams = self.errors(activations(pictures, weights), activations(pictures, self.teacher), maps)
        return [tf.reduce_mean(e) for e in a], [tf.reduce_mean(relative(s - t, t)) for s, t in grams]

    def averaged(self):
        """The averaged weights and maps as arrays by name."""
        weights, maps = self.unfolded(self.average)
        return {n: tuple(t.numpy() for t in w) for n, w in weights.items()}, {n: m.numpy() for n, m in maps.items()}


def calm(terms):
    """The terms' mean. A single odd one must not outweigh all others: beyond 0.05 it grows like its root."""
    return tf.add_n([tf.reduce_mean(0.1 * (tf.sqrt(1 + 20 * t) - 1)) for t in terms]) / len(terms)
