"""A start for the student in closed form: layer by layer the teacher's filters, refitted to what the student sees.

Each teacher convolution is fitted by least squares on the student's activations below it. Of its rectified outputs
those are kept, greedily, from which the others follow best by a linear map; that map is fitted, too.
"""

import numpy as np
import tensorflow as tf

from networks import MEAN, NAMES, STUDENT, activations


def patches(x: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """3×3 neighbourhoods (zero-padded) at some of the positions, and a 1 for the bias: samples × (9·C + 1)."""
    result = []
    for picture, chosen in zip(x, positions):
        padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)))
        ys, xs = np.divmod(chosen, picture.shape[1])
        result.append(np.concatenate([padded[ys + i, xs + j] for i in range(3) for j in range(3)], 1))
    stacked = np.concatenate(result)
    return np.concatenate([stacked, np.ones((len(stacked), 1), np.float32)], 1)


def solve(a: np.ndarray, b: np.ndarray, ridge: float) -> np.ndarray:
    """Least squares a·w ≈ b, its diagonal raised a little."""
    normal = a.T.astype(np.float64) @ a
    normal += ridge * np.trace(normal) / len(normal) * np.eye(len(normal))
    return np.linalg.solve(normal, a.T.astype(np.float64) @ b)


def whitening(a: np.ndarray, floor=3e-3) -> tuple[np.ndarray, np.ndarray]:
    """The matrix that makes the columns of a uncorrelated and alike in size, as far as a floor allows; its inverse."""
    values, vectors = np.linalg.eigh(a.T.astype(np.float64) @ a / len(a))
    roots = np.sqrt(np.maximum(values, 0) + floor * values.mean())
    return (vectors / roots @ vectors.T).astype(np.float32), (vectors * roots @ vectors.T).astype(np.float32)


def choose(f: np.ndarray, count: int) -> list[int]:
    """The columns of f (samples × channels) from which all its columns are best predicted, one after the other."""
    rest = f.T.astype(np.float64) @ f / len(f)
    chosen: list[int] = []
    for _ in range(count):
        diagonal = np.maximum(np.diag(rest), 1e-9 * np.trace(rest))
        gain = (rest**2).sum(0) / diagonal
        gain[chosen] = -1
        best = int(np.argmax(gain))
        chosen.append(best)
        rest = rest - np.outer(rest[:, best], rest[best]) / diagonal[best]
    return chosen


def closed_form(teacher, pictures: np.ndarray, rng: np.random.Generator):
    """Student weights, maps, whitenings of what weights and maps multiply, and errors by layer name, from B pictures."""
    truth = {name: f.numpy().astype(np.float32) for name, f in activations(tf.constant(pictures), teacher).items()}
    weights, maps, bases, errors = {}, {}, {}, {}
    x = pictures * 255 - MEAN
    for name in NAMES:
        side = x.shape[1]
        positions = np.stack([rng.choice(side * side, min(side * side, 700), replace=False) for _ in x])
        kernel, bias = teacher[name]
        sample = patches(x, positions)
        target = np.concatenate([f.reshape(side * side, -1)[p] for f, p in zip(truth[name], positions)])
        if name == "conv1_1":
            fitted = np.concatenate([kernel.reshape(27, -1), bias[None]])
        else:
            before = NAMES[NAMES.index(name) - 1]
            below = truth[before]
            if name in ("conv2_1", "conv3_1"):
                below = below.reshape(len(below), side, 2, side, 2, -1).mean((2, 4))
            wanted = patches(below, positions) @ np.concatenate([kernel.reshape(-1, kernel.shape[-1]), bias[None]])
            fitted = solve(sample, wanted, 1e-4)
        outputs = np.maximum(sample @ fitted, 0)
        kept = choose(target, STUDENT[name])
        scale = np.sqrt((outputs[:, kept] ** 2).mean(0)) + 1e-3
        fitted = (fitted[:, kept] / scale).astype(np.float32)
        weights[name] = (fitted[:-1].reshape(3, 3, x.shape[-1], -1), fitted[-1])
        kept_outputs = outputs[:, kept] / scale
        m = solve(kept_outputs, target, 1e-4)
        maps[name] = m.astype(np.float32)
        bases[name] = (whitening(sample), whitening(kept_outputs))
        errors[name] = float(((kept_outputs @ m - target) ** 2).sum() / (target**2).sum())
        full = np.maximum(tf.nn.conv2d(x, weights[name][0], 1, "SAME").numpy() + weights[name][1], 0)
        if name in ("conv1_2", "conv2_2"):
            full = full.reshape(len(full), side // 2, 2, side // 2, 2, -1).mean((2, 4))
        x = full
    return weights, maps, bases, errors
