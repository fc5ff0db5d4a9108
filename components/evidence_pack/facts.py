"""What the steps before do not write down themselves: who, why, with which code."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """Where a candidate comes from; an empty text is not known.

    Attributes:
        group: Model group.
        use_case: Pinned reference, such as `fraud@sha256:…`.
        execution: The run that made it.
        started_by: Who or what started the run.
        reason: Why.
        code: `<commit>`, or `<commit> dirty` where files differ from it.
        definition: Digest of the pipeline's definition.
        image: URI of the container image; empty where none is run.
        champion: Version that is live, such as `fraud/3`.
    """

    group: str
    use_case: str
    execution: str
    started_by: str
    reason: str
    code: str
    definition: str
    image: str
    champion: str

    @property
    def commit(self) -> str:
        """The commit alone."""
        return self.code.partition(" ")[0]

    @property
    def is_dirty(self) -> bool:
        """Whether the code differs from the commit."""
        return self.code.endswith(" dirty")
