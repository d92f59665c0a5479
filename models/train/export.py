"""Writes the trained network as Impasto reads it: models/compact/weights.f16 and its manifest.

    python export.py network.pickle OUT_FOLDER

Of each map M, from the student's C channels to the teacher's, only the C×C factor R of Mᵀ = Q·R is kept: lengths
and Gram losses are the same after it, because Q has orthonormal columns.
"""

import hashlib
import json
import pickle
import sys
from pathlib import Path

import numpy as np

from networks import NAMES


def main() -> None:
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    weights, maps = pickle.loads(source.read_bytes())
    parts: list[np.ndarray] = []
    layers = []
    for name in NAMES:
        kernel, bias = weights[name]
        # Published kernels take blue, green, red; this one does, too.
        parts += [kernel[:, :, ::-1] if name == "conv1_1" else kernel, bias]
        if name in maps:
            # R is unique up to the signs of its rows, which no loss sees.
            parts.append(np.linalg.qr(maps[name].T.astype(np.float64), mode="r"))
        layers.append({"layer": name, "kernel": list(kernel.shape), "map": name in maps})
    data = b"".join(np.ascontiguousarray(part).astype("<f2").tobytes() for part in parts)
    if not all(np.isfinite(part.astype("<f2")).all() for part in parts):
        raise SystemExit("A weight is too large for 16 bits.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "weights.f16").write_bytes(data)
    manifest = {
        "network": "compact",
        "license": "CC BY 4.0",
        "attribution": "Distilled by the Impasto project from VGG-19 (Karen Simonyan and Andrew Zisserman, Visual "
        "Geometry Group, University of Oxford, CC BY 4.0); see models/README.md",
        "layout": "layer by layer, little-endian float16: kernel, height x width x in x out, the first for blue, green, "
        "red; bias; where `map` is true the linear map of the rectified outputs, out x out, row-major",
        "file": "weights.f16",
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "layers": layers,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    print(f"{len(data)} bytes, sha256 {manifest['sha256']}")


if __name__ == "__main__":
    main()
