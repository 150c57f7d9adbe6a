"""The network of a recipe as a PyTorch module, whose state_dict has the names and shapes of dojo's checkpoints."""

import math

import torch
from torch import nn


class Attention(nn.Module):
    """softmax(Q K^T / sqrt(d)) V of each head; the input has queries, keys and values side by side."""

    def __init__(self, heads, causal):
        super().__init__()
        self.heads, self.causal = heads, causal

    def forward(self, x):
        batch, length, columns = x.shape
        q, k, v = (part.view(batch, length, self.heads, -1).transpose(1, 2) for part in x.split(columns // 3, -1))
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        if self.causal:
            scores = scores.masked_fill(torch.ones(length, length, dtype=torch.bool).triu(1), -math.inf)
        return (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, -1)


class Position(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(shape))

    def forward(self, x):
        return x + self.weight


class Reshape(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape or [-1]

    def forward(self, x):
        return x.reshape(x.shape[0], *self.shape)


class Embedding(nn.Embedding):
    def forward(self, x):
        return super().forward(x.long())


class BatchNorm(nn.modules.batchnorm._BatchNorm):
    """For inputs of any number of dimensions."""

    def _check_input_dim(self, x):
        pass


class Add(nn.Module):
    def forward(self, *inputs):
        return sum(inputs)


def make_layer(layer, shape):
    """A module for a layer of a recipe whose input samples have this shape."""
    kind, bias = layer["kind"], layer.get("bias", True)

    def convolution(module):
        return module(shape[0], layer["channels"], as_tuple("kernel"), as_tuple("stride", 1), as_tuple("padding", 0),
                      as_tuple("dilation", 1), layer.get("groups", 1), bias)

    def as_tuple(key, default=None):
        value = layer.get(key, default)
        return tuple(value) if isinstance(value, list) else value

    makers = {
        "linear": lambda: nn.Linear(shape[-1], layer["outputs"], bias),
        "conv2d": lambda: convolution(nn.Conv2d),
        "conv3d": lambda: convolution(nn.Conv3d),
        "max_pool": lambda: nn.MaxPool2d(as_tuple("kernel"), as_tuple("stride"), as_tuple("padding", 0)),
        "average_pool": lambda: nn.AvgPool2d(as_tuple("kernel"), as_tuple("stride"), as_tuple("padding", 0)),
        "batch_norm": lambda: BatchNorm(shape[0], layer.get("epsilon", 1e-5), layer.get("momentum", 0.1)),
        "layer_norm": lambda: nn.LayerNorm(shape[-1], layer.get("epsilon", 1e-5)),
        "relu": nn.ReLU,
        "gelu": lambda: nn.GELU(approximate="tanh"),
        "sigmoid": nn.Sigmoid,
        "softmax": lambda: nn.Softmax(-1),
        "attention": lambda: Attention(layer.get("heads", 1), layer.get("causal", False)),
        "embedding": lambda: Embedding(layer["vocabulary"], layer["width"]),
        "position": lambda: Position(shape),
        "dropout": lambda: nn.Dropout(layer.get("rate", 0.5)),
        "add": Add,
        "reshape": lambda: Reshape(layer.get("shape")),
    }
    return makers[kind]()


class RecipeNetwork(nn.Module):
    """All layers of a recipe's list, and which values go into each."""

    def __init__(self, layers, data_shapes):
        super().__init__()
        self.inputs = []
        samples = {name: torch.zeros(2, *shape) for name, shape in data_shapes.items()}
        last = next(iter(data_shapes))
        with torch.no_grad():
            for layer in layers:
                source = layer.get("from", last)
                self.inputs.append((layer["name"], source if isinstance(source, list) else [source]))
                module = make_layer(layer, list(samples[self.inputs[-1][1][0]].shape[1:]))
                self.add_module(layer["name"], module)
                samples[layer["name"]] = module(*(samples[name] for name in self.inputs[-1][1]))
                last = layer["name"]

    def forward(self, tensors):
        values = dict(tensors)
        for name, sources in self.inputs:
            values[name] = getattr(self, name)(*(values[source] for source in sources))
        return values[name]
