"""Adam in the gradient's own coordinates, on the side of a matrix's outputs (half of SOAP, arXiv:2409.11321).

The inputs of every matrix are whitened already; this does for its outputs what that does for its inputs.
"""

import numpy as np
import tensorflow as tf

MOMENTUM, SQUARES, EPSILON = 0.9, 0.99, 1e-12
EVERY = 20  # Steps between two computations of the coordinates.


class RotatedAdam:
    """Steps for matrices (inputs × outputs). All of its state is in `variables`."""

    def __init__(self, matrices):
        self.matrices = matrices
        self.first = [tf.Variable(tf.zeros_like(m)) for m in matrices]
        self.second = [tf.Variable(tf.zeros_like(m)) for m in matrices]
        self.covariance = [tf.Variable(tf.zeros([m.shape[1], m.shape[1]])) for m in matrices]
        self.basis = [tf.Variable(tf.eye(m.shape[1])) for m in matrices]
        self.count = tf.Variable(0.0)
        self.rate = tf.Variable(0.0)
        self.variables = [*self.first, *self.second, *self.covariance, *self.basis, self.count]

    def apply(self, gradients):
        """To be called in a graph; {@link turn} is for between the steps."""
        self.count.assign_add(1.0)
        for w, g, first, second, covariance, basis in zip(
            self.matrices, gradients, self.first, self.second, self.covariance, self.basis
        ):
            first.assign(MOMENTUM * first + (1 - MOMENTUM) * g)
            covariance.assign(0.95 * covariance + 0.05 * tf.matmul(g, g, transpose_a=True))
            second.assign(SQUARES * second + (1 - SQUARES) * (g @ basis) ** 2)
            m = (first @ basis) / (1 - MOMENTUM**self.count)
            v = second / (1 - SQUARES**self.count)
            w.assign_sub(self.rate * tf.matmul(m / (tf.sqrt(v) + EPSILON), basis, transpose_b=True))

    def turn(self):
        """Takes the coordinates anew; squares are carried over as if they did not turn."""
        for covariance, basis in zip(self.covariance, self.basis):
            values, vectors = np.linalg.eigh(covariance.numpy().astype(np.float64))
            order = np.argsort(values)
            basis.assign(vectors[:, order].astype(np.float32))
