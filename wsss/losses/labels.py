"""The loss on label maps: cross-entropy, and additions against wrong and unbalanced labels
(docs/methods.md#label-loss).

N crops of S x S pixels, K labels with background. A pixel with the label IGNORE counts nowhere.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.data.images import IGNORE
from wsss.losses.labels_settings import CONFIDENCE, SECOND, LabelLossSettings

LOG_ZERO = -4.0
"""what the reverse cross-entropy takes for log 0, and for all lower logarithms"""


class LabelTarget(NamedTuple):
    """What the network should predict at each pixel: T labels, and the share of each."""

    ids: Tensor
    """int64 (N, T, S, S), in 0..K - 1"""
    shares: Tensor
    """float (N, T, S, S); the T shares of a pixel sum to 1"""


def label_loss(
    logits: Tensor, labels: Tensor, settings: LabelLossSettings, beside: Mapping[str, Tensor]
) -> Tensor:
    """The loss of logits, float (N, K, S, S), on labels, int64 (N, S, S), averaged as the setting
    `balance` says; 0 for a batch without labelled pixels.

    `beside` holds what `settings.beside` names, each uint8 (N, S, S): the confidence of the labels,
    255 for 1, and the second labels. All sums and means are over the batch, not over each photo.
    """
    if settings.plain:
        return mean_cross_entropy(logits, labels)
    log_p = logits.log_softmax(dim=1)
    weights = (labels != IGNORE).to(log_p.dtype)
    if settings.soft == "confidence":
        weights = weights * beside[CONFIDENCE] / 255
    terms = pixel_losses(log_p, target_of(labels, settings, beside, log_p), settings)
    return balanced_mean(terms, weights, labels, settings.balance)


def mean_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """The mean cross-entropy over all labelled pixels of the batch; 0 without such pixels."""
    loss = F.cross_entropy(logits, labels, ignore_index=IGNORE, reduction="sum")
    return loss / (labels != IGNORE).sum().clamp(min=1)


def target_of(
    labels: Tensor, settings: LabelLossSettings, beside: Mapping[str, Tensor], like: Tensor
) -> LabelTarget:
    """The target of labels, int64 (N, S, S): the label alone, or with `soft: second` the label
    with its confidence c and the second label with 1 - c.

    A pixel whose second label is IGNORE or the label itself has the label alone. IGNORE becomes
    label 0, which the weights leave out. `like` gives K (its second dimension) and the dtype.
    """
    known = torch.where(labels == IGNORE, 0, labels)
    ones = torch.ones_like(labels, dtype=like.dtype)
    if settings.soft != "second":
        return LabelTarget(known[:, None], ones[:, None])
    second = beside[SECOND].long()
    alone = (second == IGNORE) | (second == known)
    first = torch.where(alone, ones, beside[CONFIDENCE].to(like.dtype) / 255)
    # with a share of 0 any other label will do
    other = torch.where(alone, (known + 1) % like.shape[1], second)
    return LabelTarget(torch.stack([known, other], 1), torch.stack([first, 1 - first], 1))


def pixel_losses(log_p: Tensor, target: LabelTarget, settings: LabelLossSettings) -> Tensor:
    """The loss of each pixel, float (N, S, S), from log-probabilities (N, K, S, S).

    It is (1 - b) * CE + b * H + s * RCE, with b = `bootstrap` and s = `symmetric`: the
    cross-entropy to the target, the entropy of the prediction, and the reverse cross-entropy.
    """
    chosen = log_p.gather(1, target.ids)
    loss = (1 - settings.bootstrap) * -(target.shares * chosen).sum(dim=1)
    if settings.bootstrap:
        loss = loss + settings.bootstrap * -(log_p.exp() * log_p).sum(dim=1)
    if settings.symmetric:
        loss = loss + settings.symmetric * _reverse(chosen, target.shares)
    return loss


def _reverse(chosen: Tensor, shares: Tensor) -> Tensor:
    """-sum over all K labels of p log q, with log 0 = LOG_ZERO, float (N, S, S).

    q is the target, which is 0 but for T labels; `chosen` are their log p, (N, T, S, S). So all p,
    which sum to 1, count with LOG_ZERO, and those of the T labels with the difference to it.
    """
    above = shares.log().clamp(min=LOG_ZERO) - LOG_ZERO
    return -LOG_ZERO - (chosen.exp() * above).sum(dim=1)


def balanced_mean(terms: Tensor, weights: Tensor, labels: Tensor, balance: str) -> Tensor:
    """The weighted mean of terms (N, S, S) in each group of pixels of the batch, averaged over the
    groups that have any weight; 0 without weight.

    pixels: one group; background: label 0, and all others (DSRG's balance, halved); classes: one
    group for each label.
    """
    means = []
    for group in _groups(labels, balance):
        inside = weights * group
        total = inside.sum()
        if total > 0:
            means.append((terms * inside).sum() / total)
    return torch.stack(means).mean() if means else (terms * weights).sum()


def _groups(labels: Tensor, balance: str) -> Iterator[Tensor]:
    """A mask (N, S, S) for each group."""
    if balance == "pixels":
        yield labels != IGNORE
    elif balance == "background":
        yield labels == 0
        yield (labels != 0) & (labels != IGNORE)
    else:
        for label in labels.unique():
            yield labels == label
