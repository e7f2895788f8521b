"""Matrix products with weights in the layout that the processor's kernels like best.

Weights are reordered once: a product with few rows then takes less than half of the time. What
follows a product (activation, product with or sum to another tensor) is computed in the same pass.
"""

import torch
from torch import Tensor


class Linear:
    """``rows @ weight.T``; the results may be followed by one operation with another tensor."""

    def __init__(self, weight: Tensor) -> None:
        self._weight = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), None)

    def __call__(self, rows: Tensor) -> Tensor:
        return self._apply(rows, "none")

    def silu(self, rows: Tensor) -> Tensor:
        """The product, then SiLU."""
        return self._apply(rows, "swish")

    def times(self, rows: Tensor, other: Tensor) -> Tensor:
        """The product times ``other``, element by element."""
        return self._join(rows, other, "mul")

    def plus(self, rows: Tensor, other: Tensor) -> Tensor:
        """The product plus ``other``."""
        return self._join(rows, other, "add")

    def _apply(self, rows: Tensor, after: str) -> Tensor:
        product: Tensor = torch.ops.mkldnn._linear_pointwise(
            rows, self._weight, None, after, [], ""
        )
        return product

    def _join(self, rows: Tensor, other: Tensor, how: str) -> Tensor:
        product: Tensor = torch.ops.mkldnn._linear_pointwise.binary(
            rows, other, self._weight, None, how
        )
        return product


class PlainLinear(Linear):
    """The same without reordering, for processors or builds that have no such kernels."""

    def __init__(self, weight: Tensor) -> None:
        self._weight = weight.contiguous()

    def _apply(self, rows: Tensor, after: str) -> Tensor:
        product = torch.nn.functional.linear(rows, self._weight)
        return torch.nn.functional.silu(product) if after == "swish" else product

    def _join(self, rows: Tensor, other: Tensor, how: str) -> Tensor:
        product = torch.nn.functional.linear(rows, self._weight)
        return product * other if how == "mul" else product + other


def linear_class() -> type[Linear]:
    """The fastest kind that this build of torch has."""
    can_reorder = torch.backends.mkldnn.is_available() and hasattr(  # type: ignore[no-untyped-call]
        torch.ops.mkldnn, "_reorder_linear_weight"
    )
    return Linear if can_reorder else PlainLinear
