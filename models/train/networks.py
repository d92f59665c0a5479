"""The teacher (VGG-19 up to conv3_4) and the student of its shape, with the linear maps from one to the other.

Pictures are B×H×W×3 in red, green, blue, white is 1. Activations are B×h×w×C. Both networks pool by averages and
pad with zeros, as Impasto runs them.
"""

import json
from pathlib import Path

import numpy as np
import tensorflow as tf

MEAN = np.array([123.68, 116.779, 103.939], np.float32)
NAMES = ["conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3", "conv3_4"]
# Output channels. Layers that no loss looks at are narrower; the full-resolution ones cost the most time.
STUDENT = dict(zip(NAMES, (32, 16, 64, 80, 128, 96, 96, 128)))
STYLE = ["conv1_1", "conv2_1", "conv3_1", "conv3_4"]
CONTENT = "conv3_3"
SEEN = ["conv1_1", "conv2_1", "conv3_1", "conv3_3", "conv3_4"]


def load_teacher(folder: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Kernels (3×3×in×out, the first for red, green, blue) and biases by name."""
    manifest = json.loads((folder / "manifest.json").read_text())
    weights = {}
    for entry in manifest["layers"]:
        if entry["layer"] not in NAMES:
            continue
        raw = b"".join((folder / shard["file"]).read_bytes() for shard in entry["shards"])
        values = np.frombuffer(raw, "<f4")
        size = int(np.prod(entry["kernel"]))
        kernel = values[:size].reshape(entry["kernel"])
        if entry["layer"] == "conv1_1":
            kernel = kernel[:, :, ::-1]
        weights[entry["layer"]] = (kernel.copy(), values[size:].copy())
    return weights


def convolve(x, kernel, bias):
    """Matrix units of 16-bit brain floats where the processor has them; weights stay in float32."""
    x, kernel, bias = (tf.cast(t, tf.bfloat16) for t in (x, kernel, bias))
    return tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "SAME"), bias)


def activations(pictures, weights, last="conv3_4"):
    """The rectified activations by the name of their convolution, up to the last."""
    x = pictures * 255.0 - MEAN
    result = {}
    for name in NAMES:
        x = tf.nn.relu(convolve(x, *weights[name]))
        result[name] = x
        if name == last:
            break
        if name in ("conv1_2", "conv2_2"):
            x = tf.nn.avg_pool2d(x, 2, 2, "VALID")
    return result


def flat(f):
    """B×h×w×C to B×positions×C, in float32."""
    shape = tf.shape(f)
    return tf.cast(tf.reshape(f, [shape[0], -1, f.shape[-1]]), tf.float32)


def gram(f):
    """FᵀF by picture, divided by the positions: B×C×C."""
    f = flat(f)
    return tf.matmul(f, f, transpose_a=True) / tf.cast(tf.shape(f)[1], tf.float32)


def mapped(g, m):
    """The teacher's Gram matrix that a student's stands for: mᵀ·g·m with the map m, C_student×C_teacher."""
    return tf.matmul(tf.matmul(m, g, transpose_a=True), m)
