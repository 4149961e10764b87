"""A look at a network after its training, before it is saved: one forward pass of a few photos that
it was trained on.

The weights of a network that diverged may be finite and its scores not. Such a network would be
saved, and would predict background.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import torch
from torch import Tensor, nn

from wsss.data.images import IGNORE
from wsss.run.errors import UserError
from wsss.training.batches import Key
from wsss.training.photos import TrainingPhotos
from wsss.training.targets import LABELS

PHOTOS = 4
"""the number of photos that are looked at"""
LARGEST = 1e8
"""weights and scores beyond this are those of a network that diverged"""
Gives = Literal["maps", "labels", "other"]
"""what a network's first output is: class maps (N, C, h, w), logits over background and classes
(N, C + 1, h, w), or something else, of which only the finiteness is checked"""


def look_at(
    network: nn.Module, photos: TrainingPhotos, device: torch.device, gives: Gives
) -> list[str]:
    """Warnings on a trained network; [] where nothing is suspicious.

    UserError where a weight, or a value that it gives, is beyond LARGEST or no number. The
    network's weights and its mode are left as they are.
    """
    items = [photos[Key(epoch=0, photo=n)] for n in range(min(PHOTOS, len(photos)))]
    if not items:
        return []
    images = torch.stack([item["image"] for item in items]).to(device).float() / 255
    outputs = list(_tensors(_forward(network, images)))
    weights = [parameter.detach() for parameter in network.parameters()]
    if not all(map(_is_sound, [*outputs, *weights])):
        raise UserError(
            "the trained network has weights, or gives values on the photos "
            f"{', '.join(item['id'] for item in items)}, that are not finite or beyond "
            f"{LARGEST:.0e}: it has diverged and is not saved; lower lr and train again"
        )
    maps, classes = outputs[0], photos.index.classes
    if gives == "maps" and maps.ndim == 4 and maps.shape[1] == len(classes):
        return _zero_maps(maps, torch.stack([item["tags"] for item in items]).to(device))
    if gives == "labels" and maps.ndim == 4 and maps.shape[1] == len(classes) + 1:
        return _one_class(maps, items, photos.index.labels)
    return []


def _forward(network: nn.Module, images: Tensor) -> Any:
    """The network's outputs in eval mode, without gradients."""
    was_training = network.training
    network.eval()
    try:
        with torch.no_grad():
            return network(images)
    finally:
        network.train(was_training)


def _tensors(outputs: Any) -> Iterator[Tensor]:
    """The tensors of floats among a network's outputs, which may be nested."""
    if isinstance(outputs, Tensor):
        if outputs.is_floating_point():
            yield outputs
    elif isinstance(outputs, Mapping):
        yield from _tensors(list(outputs.values()))
    elif isinstance(outputs, list | tuple):
        for output in outputs:
            yield from _tensors(output)
    elif hasattr(outputs, "__dict__"):
        yield from _tensors(vars(outputs))


def _is_sound(values: Tensor) -> bool:
    """Whether all values are numbers of at most LARGEST."""
    return bool((values.abs() <= LARGEST).all())  # false for nan, too


def _zero_maps(maps: Tensor, tags: Tensor) -> list[str]:
    """A warning where the maps (N, C, h, w) of all tags (N, C) are nowhere above 0."""
    above = (maps.amax(dim=(2, 3)) > 0) & (tags > 0)
    if tags.any() and not above.any():
        return [
            f"the class maps of {len(maps)} photos that it was trained on are zero everywhere: the "
            "classifier sees none of its classes; train longer, or with another lr"
        ]
    return []


def _one_class(logits: Tensor, items: list[dict[str, Any]], names: tuple[str, ...]) -> list[str]:
    """A warning where all labels are IGNORE, and where one label is predicted at all pixels and the
    photos' labels have others.
    """
    predicted = logits.argmax(dim=1).unique().tolist()
    taught: set[int] = set()
    for item in items:
        taught.update(_labels_of(item))
    if taught == {IGNORE}:
        return [
            f"the labels of {len(items)} photos that it was trained on are 255 (ignored) "
            "everywhere, and nothing is learned from such pixels; look at the labels"
        ]
    others = taught - {IGNORE, *predicted}
    if len(predicted) == 1 and others:
        return [
            f"the network predicts '{names[predicted[0]]}' at every pixel of {len(items)} photos "
            "that it was trained on, whose labels have other classes, too; train longer, or with "
            "another lr"
        ]
    return []


def _labels_of(item: dict[str, Any]) -> list[int]:
    """The labels of a photo: those of its label map, or background and its tags without one."""
    if LABELS in item:
        labels: list[int] = torch.as_tensor(item[LABELS]).unique().tolist()
        return labels
    return [0, *(int(k) + 1 for k in item["tags"].nonzero()[:, 0])]
