"""`… PORT BUCKET TABLE`: a moto server with what an upsert needs, until it is killed."""

import sys
import threading

import boto3
from moto.server import ThreadedMotoServer

REGION = "eu-west-1"


def main(port: int, bucket: str, table: str) -> None:
    """Serve."""
    ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False).start()
    session = boto3.session.Session(
        aws_access_key_id="none", aws_secret_access_key="none", region_name=REGION
    )
    url = f"http://127.0.0.1:{port}"
    session.client("s3", endpoint_url=url).create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    session.client("dynamodb", endpoint_url=url).create_table(
        TableName=table,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
