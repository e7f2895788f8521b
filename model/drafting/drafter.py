"""The drafter of one answer: chooses among guesses and decides how many tokens to draft."""

from collections.abc import Iterator, Sequence

from model.drafting.cost import best_length
from model.drafting.experience import Experience
from model.drafting.followed import FollowedText
from model.drafting.guess import Guess
from model.drafting.repeated import RepeatedText
from model.engine import DraftSources

MAX_DRAFT = 64
NUM_WEIGHED = 3
"""So many of the likeliest guesses are weighed by how far they would carry."""


class Drafter:
    """Drafts for the answer to ``prompt_tokens``.

    What each guess would have got right is noted in ``experience``, which an engine shares among
    its requests.
    """

    def __init__(
        self,
        prompt_tokens: Sequence[int],
        sources: DraftSources,
        experience: Experience | None = None,
    ) -> None:
        self._experience = experience or Experience()
        self._followed = [
            FollowedText(name, tokens)
            for name, tokens in (
                ("reference", sources.reference),
                ("transferred", sources.transferred),
                ("previous", sources.previous),
                ("prediction", sources.prediction),
            )
            if tokens
        ]
        self._repeated = RepeatedText(prompt_tokens)
        self._output: list[int] = []
        self._guesses: list[Guess] = []
        self._chosen: Guess | None = None

    def propose(self, limit: int) -> tuple[int, ...]:
        """At most ``limit`` tokens that may come next; empty where a plain step is cheaper."""
        odds, cost = self._experience.odds, self._experience.measured_cost.cost
        self._guesses = list(self._all_guesses()) if limit > 0 else []
        self._chosen, most_saved = None, 0.0
        draft: tuple[int, ...] = ()
        likeliest = sorted(self._guesses, key=lambda guess: odds.at(guess, 0), reverse=True)
        for guess in likeliest[:NUM_WEIGHED]:
            tokens = guess.tokens[guess.place : guess.place + min(limit, MAX_DRAFT)]
            chances = (odds.at(guess, number) for number in range(len(tokens)))
            length, saved = best_length(chances, cost)
            if saved > most_saved:
                self._chosen, most_saved, draft = guess, saved, tuple(tokens[:length])
        return draft

    def observe(self, tokens: Sequence[int], num_drafted: int, num_accepted: int) -> None:
        """The step after the latest proposal chose ``tokens``, the accepted ones among them."""
        self._learn(tokens, num_drafted)
        for token in tokens:
            for text in self._followed:
                text.follow(token)
            self._repeated.follow(token)
            self._experience.habits.note(self._output, token)
            self._output.append(token)

    def _all_guesses(self) -> Iterator[Guess]:
        for text in self._followed:
            yield from text.guesses()
        yield from self._repeated.guesses()
        yield from self._experience.habits.guesses(self._output)

    def _learn(self, tokens: Sequence[int], num_drafted: int) -> None:
        """Of all guesses the first token, of the chosen one what follows while it is right."""
        odds = self._experience.odds
        for guess in self._guesses:
            odds.note(guess.kind, guess.tokens[guess.place] == tokens[0])
        chosen = self._chosen
        if chosen is None or chosen.tokens[chosen.place] != tokens[0]:
            return
        for number in range(1, min(num_drafted, len(tokens))):
            is_right = chosen.tokens[chosen.place + number] == tokens[number]
            odds.note(chosen.kind_at(number), is_right)
            if not is_right:
                return
