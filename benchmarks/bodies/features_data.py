"""`… FOLDER FIRST_DAY DAYS CUSTOMERS`: raw card transactions, one Parquet file a day."""

import sys
from datetime import date
from pathlib import Path

from use_cases.fraud.generator import generate

if __name__ == "__main__":
    folder, days, customers = Path(sys.argv[1]), int(sys.argv[3]), int(sys.argv[4])
    folder.mkdir(parents=True, exist_ok=True)
    print(
        generate(
            folder,
            start=date.fromisoformat(sys.argv[2]),
            days=days,
            seed=1,
            customers=customers,
            terminals=2 * customers,
        )
    )
