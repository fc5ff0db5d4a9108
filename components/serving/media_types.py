"""Which media types a body and an answer may have."""

from typing import Literal

from penstock.contract.serving import RefusedRequestError

Form = Literal["csv", "json", "jsonlines", "arrow", "parquet"]

MEDIA_TYPES: dict[str, Form] = {
    "text/csv": "csv",
    "application/json": "json",
    "application/jsonlines": "jsonlines",
    "application/x-jsonlines": "jsonlines",
    "application/x-ndjson": "jsonlines",
    "application/vnd.apache.arrow.stream": "arrow",
    "application/vnd.apache.parquet": "parquet",
    "application/x-parquet": "parquet",
}
"""Every type that is understood; the first of a form is the one that answers are given in."""

_TEXT_FORMS = ("csv", "json", "jsonlines")


def form_of_body(content_type: str) -> Form:
    """Return the form of a body.

    Raises:
        RefusedRequestError: 415; the type is unknown, or its text is not UTF-8.
    """
    media, parameters = _parsed(content_type)
    form = MEDIA_TYPES.get(media)
    if form is None:
        said = f"the content type {content_type!r} is unknown." if media else "no content type."
        raise RefusedRequestError(said, f"Use one of: {', '.join(MEDIA_TYPES)}.", status=415)
    charset = parameters.get("charset", "utf-8").lower()
    if form in _TEXT_FORMS and charset not in ("utf-8", "utf8", "us-ascii", "ascii"):
        raise RefusedRequestError(f"the charset {charset!r} is unknown.", "Use UTF-8.", status=415)
    return form


def media_type_of_answer(accept: str, content_type: str) -> str:
    """Return the media type to answer with: the most wished one, by default that of the body.

    Raises:
        RefusedRequestError: 406; none of the types wished for is understood.
    """
    own = _parsed(content_type)[0]
    wishes = sorted(
        (
            (-_quality(parameters), place, media)
            for place, (media, parameters) in enumerate(map(_parsed, accept.split(",")))
            if media
        ),
    )
    if not wishes:
        return own
    refused = {media for quality, _, media in wishes if not quality}
    offers = [media for media in (own, *MEDIA_TYPES) if media not in refused]
    for quality, _, media in wishes:
        if not quality:
            continue
        for offer in offers:
            if media in ("*/*", offer) or media == f"{offer.partition('/')[0]}/*":
                return offer
    raise RefusedRequestError(
        f"no answer can be given as {accept!r}.",
        f"Accept one of: {', '.join(MEDIA_TYPES)}.",
        status=406,
    )


def _parsed(text: str) -> tuple[str, dict[str, str]]:
    media, *rest = text.split(";")
    pairs = (part.partition("=") for part in rest)
    return media.strip().lower(), {
        name.strip().lower(): value.strip().strip('"') for name, _, value in pairs
    }


def _quality(parameters: dict[str, str]) -> float:
    try:
        return max(0.0, float(parameters.get("q", "1")))
    except ValueError:
        return 0.0
