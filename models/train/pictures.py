"""Gathers the training pictures: from unpacked Debian packages, and none that resembles a held-out picture.

    python pictures.py FOLDER HELD_OUT_FOLDER... OUT.npz

Every picture is kept once, however many sizes of it there are, as 8-bit RGB with a shorter side of at most 400 px.
"""

import hashlib
import io
import random
import struct
import sys
from pathlib import Path

import numpy as np
from PIL import Image

Image.MAX_IMAGE_PIXELS = None
SHORTER = 400
# Large collections of one look must not crowd out the rest: at most so many pictures of a folder whose path has the word.
SHARES = {"nebulae": 60, "openclipart": 260, "skycultures": 160, "stellarium": 60, "tuxpaint": 420, "gcompris": 320}


def embedded(blob: bytes):
    """JPEG, WebP and PNG files inside a Qt resource file, each preceded by its length (big-endian)."""
    for magic in (b"\xff\xd8\xff", b"RIFF", b"\x89PNG"):
        start = blob.find(magic)
        while start >= 0:
            (length,) = struct.unpack(">I", blob[start - 4 : start])
            if 20_000 < length <= len(blob) - start:
                yield blob[start : start + length]
            start = blob.find(magic, start + 1)


def files(folder: Path):
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp") and path.stat().st_size > 20_000:
            yield path, path.read_bytes()
        elif path.suffix == ".rcc":
            for data in embedded(path.read_bytes()):
                yield path, data


def decode(data: bytes) -> Image.Image | None:
    """RGB with a shorter side of at most SHORTER; transparent parts become a colour drawn from the data itself."""
    try:
        picture = Image.open(io.BytesIO(data))
        picture.draft("RGB", (2 * SHORTER, 2 * SHORTER))
        if picture.mode in ("P", "LA", "RGBA"):
            rgba = picture.convert("RGBA")
            if max(rgba.size) < 120:
                return None
            colour = tuple(hashlib.sha256(data).digest()[:3])
            ground = Image.new("RGBA", rgba.size, colour + (255,))
            picture = Image.alpha_composite(ground, rgba)
        picture = picture.convert("RGB")
    except Exception:  # A broken file is no picture; anything that Pillow raises says so.
        return None
    if min(picture.size) < 120 or max(picture.size) > 6 * min(picture.size):
        return None
    scale = SHORTER / min(picture.size)
    if scale < 1:
        size = tuple(max(1, round(side * scale)) for side in picture.size)
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
    width, height = picture.size
    if width > 2 * height:
        picture = picture.crop((0, 0, 2 * height, height))
    if height > 2 * width:
        picture = picture.crop((0, 0, width, 2 * width))
    return picture


def signature(picture: Image.Image) -> np.ndarray:
    """A unit vector of the picture's coarse brightness, by which copies are known."""
    grey = np.asarray(picture.convert("L").resize((12, 12), Image.Resampling.BOX), np.float32).ravel()
    grey = grey - grey.mean()
    return grey / max(np.linalg.norm(grey), 1e-6)


def main() -> None:
    *folders, out = sys.argv[1:]
    source, *held_out = folders
    held = [signature(Image.open(p).convert("RGB")) for f in held_out for p in sorted(Path(f).iterdir())
            if p.suffix in (".jpg", ".webp", ".png")]
    rng = random.Random(1)
    found = list(files(Path(source)))
    rng.shuffle(found)
    kept: list[np.ndarray] = []
    signatures: list[np.ndarray] = []
    names: list[str] = []
    counts: dict[str, int] = {}
    refused = 0
    for path, data in found:
        share = next((word for word in SHARES if word in str(path)), None)
        if share and counts.get(share, 0) >= SHARES[share]:
            continue
        picture = decode(data)
        if picture is None or np.asarray(picture).std() < 12:
            continue
        mark = signature(picture)
        if held and max(float(mark @ h) for h in held) > 0.93:
            refused += 1
            print("resembles a held-out picture:", path.name)
            continue
        if signatures and float(np.max(np.stack(signatures) @ mark)) > 0.985:
            continue
        signatures.append(mark)
        kept.append(np.asarray(picture))
        names.append(str(path.relative_to(source)))
        counts[share or "wallpapers"] = counts.get(share or "wallpapers", 0) + 1
    digest = hashlib.sha256()
    for array in kept:
        digest.update(array.tobytes())
    print(f"{len(kept)} pictures {counts}, {refused} refused, sha256 of their pixels {digest.hexdigest()}")
    np.savez(out, **{f"{i:05d}": array for i, array in enumerate(kept)})
    Path(out).with_suffix(".txt").write_text("\n".join(names) + "\n")


if __name__ == "__main__":
    main()
