"""Both ends of a spectrum from products alone: eigenvalues of largest real and of largest imaginary part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.sparse.linalg import ArpackError, ArpackNoConvergence, LinearOperator, eigs

from gan_bench.experiments.game_spectrum.settings import DENSE

Which = Literal["LR", "LI"]
WHICH: tuple[Which, ...] = ("LR", "LI")
_NONE = np.empty(0, complex)

Product = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Ends:
    """Eigenvalues of largest real and of largest imaginary part, best first, one of each conjugate pair.

    An end is empty where its search gave up; problem then says why. products counts those that were needed.
    """

    real: np.ndarray
    imaginary: np.ndarray
    products: int
    problem: str = ""


def ends(
    product: Product, n: int, source: np.random.Generator, *, count: int, tolerance: float, products: int
) -> Ends:
    """Return both ends of the spectrum of a real n x n matrix, given by products u (n,) -> A u (n,).

    Up to DENSE rows the matrix is formed and all its eigenvalues are found; beyond, Arnoldi's iteration
    (ARPACK) searches each end from a random start, to a relative tolerance, with about as many products as
    given at most. An end whose eigenvalues have not all converged by then has none.
    """
    counted = _Counted(product)
    if n <= DENSE:
        return _dense(counted, n, count)
    start = source.standard_normal(n)
    found, problems = {}, []
    for which in WHICH:
        found[which], problem = _Search(counted, n, start, which, count, tolerance).run(products)
        problems += [f"{which}: {problem}"] * bool(problem)
    return Ends(found["LR"], found["LI"], counted.calls, "; ".join(problems))


@dataclass(frozen=True)
class _Search:
    """ARPACK's search for one end, with a wider basis where it saw real eigenvalues only.

    Where large real eigenvalues crowd the basis all its approximations are real, and the iteration is
    content to return those as of largest imaginary part: complex ones show in a wider basis.
    """

    product: _Counted
    n: int
    start: np.ndarray
    which: Which
    count: int
    tolerance: float

    def run(self, products: int) -> tuple[np.ndarray, str]:
        """Return the eigenvalues, none where the search gave up, and why it did."""
        basis = min(self.n - 1, max(10 * self.count, 40))
        widest = min(8 * basis, self.n - 1, products // 2)
        while True:
            values, problem = self._once(basis, products)
            if problem or self.which == "LR" or (values.imag != 0).any():
                return values, problem
            if basis >= widest:
                return _NONE, f"real eigenvalues only in a basis of {basis}"
            basis = min(2 * basis, widest)

    def _once(self, basis: int, products: int) -> tuple[np.ndarray, str]:
        wanted = self.count + 1  # one more: a pair may be cut in two
        operator: Any = LinearOperator((self.n, self.n), matvec=self.product, dtype=np.float64)
        try:
            values = eigs(
                operator,
                wanted,
                which=self.which,
                v0=self.start,
                ncv=basis,
                maxiter=max(2, products // (basis - wanted)),
                tol=self.tolerance,
                return_eigenvectors=False,
            )
        except ArpackNoConvergence as error:
            return _NONE, f"{len(error.eigenvalues)} of {wanted} converged"
        except (ArpackError, FloatingPointError) as error:
            return _NONE, str(error)
        return _best(values, self.which, self.count), ""


def _dense(product: _Counted, n: int, count: int) -> Ends:
    try:
        every = np.linalg.eigvals(np.stack([product(row) for row in np.eye(n)], 1))
    except FloatingPointError as error:
        return Ends(_NONE, _NONE, product.calls, str(error))
    return Ends(_best(every, "LR", count), _best(every, "LI", count), product.calls)


class _Counted:
    """A product that counts its calls and refuses what is not finite, which ARPACK would iterate on."""

    def __init__(self, product: Product) -> None:
        self.product, self.calls = product, 0

    def __call__(self, u: np.ndarray) -> np.ndarray:
        self.calls += 1
        result = self.product(u)
        if not np.isfinite(result).all():
            raise FloatingPointError("a product with the Jacobian is not finite")
        return result


def _best(values: np.ndarray, which: str, count: int) -> np.ndarray:
    """One of each conjugate pair, by real or by imaginary part, largest first."""
    upper = values.real + 1j * np.abs(values.imag)
    key = upper.real if which == "LR" else upper.imag
    kept: list[complex] = []
    for value in upper[np.argsort(-key, kind="stable")]:
        if not kept or abs(value - kept[-1]) > 1e-6 * abs(value):
            kept.append(complex(value))
    return np.array(kept[:count], dtype=complex)
