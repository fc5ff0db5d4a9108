"""The training pipeline as a Metaflow flow: each step runs in a process of its own.

`start` and `end` must exist in a flow; giving them work keeps the flow at five processes.
"""

from pathlib import Path

from metaflow import FlowSpec, Parameter, step


class TrainingFlow(FlowSpec):
    """preprocess → train → evaluate → evidence → register."""

    folder = Parameter("folder", help="Working folder with settings.json.")

    @step
    def start(self) -> None:
        """Read, check and split the rows."""
        from benchmarks.bodies import steps

        steps.preprocess(Path(self.folder))
        self.next(self.train)

    @step
    def train(self) -> None:
        """Fit the candidates."""
        from benchmarks.bodies import steps

        steps.train(Path(self.folder))
        self.next(self.evaluate)

    @step
    def evaluate(self) -> None:
        """Score the best candidate against its gates."""
        from benchmarks.bodies import steps

        self.passed = steps.evaluate(Path(self.folder))
        self.next(self.evidence)

    @step
    def evidence(self) -> None:
        """Gather the evidence if every gate passed."""
        from benchmarks.bodies import steps

        if not self.passed:
            raise SystemExit("a gate failed: nothing to register")
        steps.evidence(Path(self.folder))
        self.next(self.end)

    @step
    def end(self) -> None:
        """Register the model."""
        from benchmarks.bodies import steps

        steps.register(Path(self.folder))


if __name__ == "__main__":
    TrainingFlow()
