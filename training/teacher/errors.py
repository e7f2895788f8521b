"""Why a question to the teacher got no answer.

The row fails and is asked again at the next run; nothing of this is ever kept in the cache. No
message holds anything of the prompt or of the answer.
"""

from training.errors import RowError, RunError


class NothingThere(RunError):
    """The endpoint answers 404: a wrong address or model, or a batch that is gone."""


class EndpointUnavailable(RowError):
    """The endpoint timed out, was overloaded or failed, at every attempt."""

    code = "endpoint_unavailable"


class RequestRefused(RowError):
    """The endpoint refuses this request (a status of 4xx): asking again would not help."""

    code = "request_refused"


class InvalidAnswer(RowError):
    """What came back is no JSON, or none of the expected form."""

    code = "invalid_answer"


class AnswerPending(RowError):
    """The question is in a batch that is not done yet; a later run finds the answer."""

    code = "answer_pending"


class BatchItemFailed(RowError):
    """The batch is done, this item of it failed, expired or was left out."""

    code = "batch_item_failed"
