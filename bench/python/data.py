"""The samples that models are trained on, in float32."""

import functools
import gzip
from pathlib import Path

import numpy as np


def load(request):
    """Samples [n, 784] from 0 to 1 and targets [n, classes], one-hot; classes as the model's last size says.

    A model with two outputs tells 1 from 9. Only the last set asked for is kept.
    """
    classes = int(request.get("model", "10 plain").split(" ")[0].split("-")[-1])
    return _load(request["data"], request.get("folder"), classes)


@functools.lru_cache(maxsize=1)
def _load(name, folder, classes):
    if name == "random":
        random = np.random.default_rng(0)
        x = random.random((60_000, 784), dtype=np.float32)
        labels = random.integers(classes, size=60_000)
    else:
        images = _read_idx(Path(folder), "train-images", 3)
        labels = _read_idx(Path(folder), "train-labels", 1)
        if classes == 2:
            chosen = (labels == 1) | (labels == 9)
            images, labels = images[chosen], (labels[chosen] == 9).astype(np.uint8)
        x = images.reshape(len(images), -1).astype(np.float32)
        x /= 255
    return x, np.eye(classes, dtype=np.float32)[labels]


def _read_idx(folder, stem, dimensions):
    """The numbers of an IDX file, gzipped or plain, under one of the names it goes by."""
    for name in (f"{stem}-idx{dimensions}-ubyte", f"{stem}.idx{dimensions}-ubyte"):
        for path in (folder / f"{name}.gz", folder / name):
            if path.exists():
                content = (gzip.open if path.suffix == ".gz" else open)(path, "rb").read()
                header = np.frombuffer(content, ">i4", count=dimensions + 1)
                return np.frombuffer(content, np.uint8, offset=header.nbytes).reshape(header[1:])
    raise FileNotFoundError(f"There is no {stem} in {folder}.")
