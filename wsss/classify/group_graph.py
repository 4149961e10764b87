"""The graph of Group-WSSS (docs/methods.md#group-wsss): each photo of a group is a node, whose
state is its class maps. Nodes send each other co-attention messages, and update their states.

Shapes: S groups, K photos of a group, C classes, h x w cells. All nodes and pairs share all
weights, and are computed at once.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wsss.classify.group_settings import GroupSettings
from wsss.nets.precision import full_precision


class ConvGru(nn.Module):
    """A gated recurrent unit whose gates are 1 x 1 convolutions, of `channels` each.

    z = sigmoid(W_z [x, h]), r = sigmoid(W_r [x, h]), c = tanh(W_c [x, r h]); h becomes
    (1 - z) h + z c.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gates = nn.Conv2d(2 * channels, 2 * channels, 1)
        self.candidate = nn.Conv2d(2 * channels, channels, 1)

    def forward(self, x: Tensor, state: Tensor) -> Tensor:
        """From an input and a state, both (N, C, h, w), to the next state."""
        update, reset = self.gates(torch.cat([x, state], dim=1)).sigmoid().chunk(2, dim=1)
        candidate = self.candidate(torch.cat([x, reset * state], dim=1)).tanh()
        following: Tensor = (1 - update) * state + update * candidate
        return following


class GroupGraph(nn.Module):
    """`settings.rounds` rounds of messages, aggregation, update and, in training, graph dropout."""

    others: Tensor

    def __init__(self, settings: GroupSettings, classes: int) -> None:
        super().__init__()
        self.settings = settings
        others = [[q for q in range(settings.size) if q != e] for e in range(settings.size)]
        self.register_buffer("others", torch.tensor(others, dtype=torch.long), persistent=False)
        if settings.size > 1:
            self.project_node = nn.Conv2d(classes, max(1, classes // 2), 1, bias=False)
            self.project_partner = nn.Conv2d(classes, max(1, classes // 2), 1, bias=False)
            self.gate = nn.Conv2d(classes, 1, 1)
            self.aggregate = nn.Conv2d((settings.size - 1) * classes, classes, 3, padding=1)
            self.update = ConvGru(classes)

    @full_precision
    def forward(self, states: Tensor, inside: Tensor | None = None) -> Tensor:
        """The states (S, K, C, h, w), float32, after all rounds.

        `inside`, bool (S, K, 1, h, w), is false at cells that pad a photo; None is true everywhere.
        Padding is not attended to, and has no effect on other cells.
        """
        for _ in range(self.settings.rounds):
            if self.settings.size > 1:
                messages = self.messages(states, inside)
                x = self.aggregate(messages.flatten(0, 1).flatten(1, 2))
                states = self.update(x, states.flatten(0, 1)).view_as(states)
            if self.training and self.settings.graph_dropout:
                states = graph_dropout(states.flatten(0, 1), self.settings).view_as(states)
        return states

    def messages(self, states: Tensor, inside: Tensor | None = None) -> Tensor:
        """For each node e the messages of its partners q in their order, (S, K, K - 1, C, h, w).

        A cell of e gets the mean of q's states, weighted by the softmax over q's cells of the
        product of both projections, times its gate.
        """
        groups, size, classes, height, width = states.shape
        flat = states.flatten(0, 1)
        asked = _as_rows(self.project_node(flat), groups, classes)[:, :, None]
        keys = _as_rows(self.project_partner(flat), groups, classes)[:, self.others]
        values = _as_rows(flat, groups, classes)[:, self.others]
        mask = None
        if inside is not None:
            mask = inside.flatten(2)[:, self.others][:, :, :, None].flatten(0, 1)
        mixed = F.scaled_dot_product_attention(
            asked.expand_as(keys).flatten(0, 1),
            keys.flatten(0, 1),
            values.flatten(0, 1),
            mask,
            scale=1.0,
        )
        messages: Tensor = mixed.transpose(2, 3).reshape(-1, classes, height, width)
        messages = messages * self.gate(messages).sigmoid()
        messages = messages.view(groups, size, size - 1, classes, height, width)
        if inside is not None:
            messages = messages * inside[:, :, None]
        return messages


def _as_rows(maps: Tensor, groups: int, channels: int) -> Tensor:
    """Maps (S K, D, h, w) as a row for each cell, (S, K, h w, channels). Missing channels are 0:
    they change no product, and the fast attention wants keys as wide as values.
    """
    rows = maps.flatten(2).transpose(1, 2)
    padded = F.pad(rows, (0, channels - rows.shape[2]))
    return padded.view(groups, -1, *padded.shape[1:])


def graph_dropout(states: Tensor, settings: GroupSettings) -> Tensor:
    """(state * kept + state) / 2 for states (N, C, h, w).

    a is the mean over the classes. With the chance `drop_chance`, drawn for each state from torch's
    global generator (whose state checkpoints hold), `kept` is 1 where a < drop_from * max a, else
    0. Otherwise it is the importance sigmoid(a). Where max a is negative, all cells are kept.
    """
    mean = states.mean(dim=1, keepdim=True)
    weak = mean < settings.drop_from * mean.amax(dim=(2, 3), keepdim=True)
    drops = (torch.rand(len(states)) < settings.drop_chance).to(states.device)
    kept = torch.where(drops[:, None, None, None], weak.to(states), mean.sigmoid())
    dropped: Tensor = (states * kept + states) / 2
    return dropped
