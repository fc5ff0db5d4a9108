"""Prints how many compiled pipelines of a corpus lower to SageMaker, and why others do not.

python tests/corpus/lowering_counts.py --corpus CHECKOUT/test_data/sdk_compiled_pipelines/valid
"""

import argparse
import sys
import traceback
from pathlib import Path

from penstock.errors import PenstockError
from penstock.ir import read_ir
from penstock.targets.sagemaker.lowering import lower


def lowered_or_problems(file: Path) -> tuple[str, list[str]]:
    """Return `lowered`, `refused`, `invalid` or `crashed`, and the messages."""
    from penstock.targets.sagemaker.validation import check_definition, errors_of

    try:
        lowered = lower(read_ir(file, file.name))
    except PenstockError as error:
        return "refused", [str(problem) for problem in error.problems]
    except Exception:  # noqa: BLE001  # a crash is what this script looks for
        return "crashed", traceback.format_exc().splitlines()[-3:]
    problems = errors_of(check_definition(lowered.definition, file.name))
    return ("invalid" if problems else "lowered"), [str(problem) for problem in problems]


def main() -> int:
    """Print the counts; 1 if a pipeline crashed the lowering or gave an invalid definition."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="folder of compiled pipelines")
    parser.add_argument("--quiet", action="store_true", help="counts alone")
    options = parser.parse_args()
    found: dict[str, int] = dict.fromkeys(("lowered", "refused", "invalid", "crashed"), 0)
    for file in sorted(options.corpus.rglob("*.yaml")):
        outcome, messages = lowered_or_problems(file)
        found[outcome] += 1
        if outcome != "lowered" and not options.quiet:
            print(f"{outcome} {file.relative_to(options.corpus)}")
            for message in messages:
                print(f"    {message}")
    print(", ".join(f"{outcome} {count}" for outcome, count in found.items()))
    return 1 if found["invalid"] or found["crashed"] else 0


if __name__ == "__main__":
    sys.exit(main())
