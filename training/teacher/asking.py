"""Several questions at once, none of them lost when another fails."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

Result = TypeVar("Result")


async def gather_all(asked: Iterable[Awaitable[Result]]) -> list[Result]:
    """All results. Every one is waited for, even if one fails; then the first failure is raised."""
    results = await asyncio.gather(*asked, return_exceptions=True)
    good: list[Result] = []
    for result in results:
        if isinstance(result, BaseException):
            raise result
        good.append(result)
    return good
