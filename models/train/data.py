"""Training crops: pieces of the pictures at random scales, changed, blended and noised; and procedural ones."""

from pathlib import Path

import numpy as np
from PIL import Image


class Crops:
    """Draws square crops, side × side × 3 in 0 to 1, from the archive that pictures.py wrote."""

    def __init__(self, archive: Path, rng: np.random.Generator, side: int, part: slice):
        stored = np.load(archive)
        self.pictures = [stored[name] for name in stored.files[part]]
        self.rng = rng
        self.side = side

    def piece(self) -> np.ndarray:
        """A crop of one picture at a random scale, mirrored at will."""
        rng, side = self.rng, self.side
        picture = self.pictures[rng.integers(len(self.pictures))]
        shorter = min(picture.shape[:2])
        extent = int(np.exp(rng.uniform(np.log(min(side, shorter)), np.log(shorter))))
        top = rng.integers(picture.shape[0] - extent + 1)
        left = rng.integers(picture.shape[1] - extent + 1)
        crop = Image.fromarray(picture[top : top + extent, left : left + extent])
        crop = np.asarray(crop.resize((side, side), Image.Resampling.BICUBIC), np.float32) / 255
        if rng.random() < 0.5:
            crop = crop[:, ::-1]
        return np.rot90(crop, rng.integers(4)) if rng.random() < 0.2 else crop

    def procedural(self) -> np.ndarray:
        """Waves, edges or noise in two colours."""
        rng, side = self.rng, self.side
        y, x = np.mgrid[:side, :side] / side
        angle, frequency = rng.uniform(0, np.pi), np.exp(rng.uniform(0, np.log(side / 3)))
        wave = np.sin(2 * np.pi * frequency * (x * np.cos(angle) + y * np.sin(angle)) + rng.uniform(0, 6))
        if rng.random() < 0.5:
            wave = np.sign(wave)
        if rng.random() < 0.5:
            wave = wave * np.sin(2 * np.pi * rng.uniform(0.5, 8) * np.hypot(x - rng.random(), y - rng.random()))
        a, b = rng.random((2, 3))
        return (a + (b - a) * (wave[..., None] + 1) / 2).astype(np.float32)

    def plain(self) -> np.ndarray:
        """A piece with its colours changed a little: what photographs and paintings are like."""
        rng = self.rng
        crop = self.piece()
        if rng.random() < 0.5:
            crop = np.clip(crop, 0, 1) ** np.exp(rng.normal(0, 0.25)) * rng.uniform(0.75, 1.2, 3) + rng.normal(0, 0.03, 3)
        if rng.random() < 0.1:
            crop = crop[..., rng.permutation(3)]
        return np.clip(crop, 0, 1).astype(np.float32)

    def training(self) -> np.ndarray:
        """A crop for matching activations: also blends, noise and patterns."""
        rng = self.rng
        kind = rng.random()
        if kind < 0.06:
            crop = self.procedural()
        elif kind < 0.22:
            share = rng.uniform(0.2, 0.8)
            crop = share * self.plain() + (1 - share) * self.plain()
        else:
            crop = self.plain()
        if rng.random() < 0.2:
            crop = crop + rng.normal(0, rng.uniform(0.01, 0.25), crop.shape if rng.random() < 0.7 else crop.shape[:2] + (1,))
        return crop.astype(np.float32)
