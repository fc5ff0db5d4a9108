"""The files of an evidence pack, each as a stranger: no script, an origin of its own."""

from pathlib import PurePosixPath

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from penstock.errors import Problem
from penstock.evidence.pack import DOCUMENT, is_inside
from serving.console.pages.access import Current, Reader
from serving.console.refusal import RefusedError
from serving.console.rendering import page
from serving.console.security.headers import EVIDENCE

router = APIRouter()

_TYPES = {".html": "text/html; charset=utf-8", ".json": "application/json"}
_TEXTS = {".txt", ".yaml", ".yml", ".sql", ".py", ".csv", ".md"}


@router.get("/packs/{group}/{version}/{stage}/{path:path}")
def pack_file(
    console: Current, _: Reader, group: str, version: int, stage: str, path: str
) -> Response:
    """Send one file of a pack that its document names."""
    review = console.approvals.review(group, version, stage)
    pack = console.packs.pack(group, version, review.evidence)
    listed = {str(each["path"]) for each in pack.document["files"]} | {DOCUMENT}
    file = pack.folder / path
    if path not in listed or not is_inside(path) or not file.is_file():
        raise RefusedError(
            404,
            "No such file",
            Problem(
                f"the evidence of {group}/{version} holds no file {path!r}.",
                remedy="Choose one from the list on the candidate's page.",
            ),
        )
    suffix = PurePosixPath(path).suffix.lower()
    kind = _TYPES.get(suffix) or ("text/plain; charset=utf-8" if suffix in _TEXTS else None)
    headers = {"content-security-policy": EVIDENCE, "x-frame-options": "SAMEORIGIN"}
    if kind is None:
        name = PurePosixPath(path).name
        return FileResponse(
            file, media_type="application/octet-stream", headers=headers, filename=name
        )
    return FileResponse(file, media_type=kind, headers=headers)


@router.get("/models/{group}/{version}/{stage}/report")
def report(
    request: Request,
    console: Current,
    session: Reader,
    group: str,
    version: int,
    stage: str,
    file: str = "evidence.html",
) -> HTMLResponse:
    """Show a page of the pack in a frame of its own."""
    review = console.approvals.review(group, version, stage)
    pack = console.packs.pack(group, version, review.evidence)
    pages = [
        str(each["path"]) for each in pack.document["files"] if str(each["path"]).endswith(".html")
    ]
    if file not in pages:
        raise RefusedError(
            404,
            "No such page",
            Problem(
                f"the evidence of {group}/{version} holds no page {file!r}.",
                remedy=f"It has: {', '.join(pages) or 'none'}.",
            ),
        )
    return page(
        request,
        "report.html",
        session=session,
        title=f"Report of {group}/{version}",
        review=review,
        name=f"{group}/{version}",
        file=file,
        pages=pages,
    )
