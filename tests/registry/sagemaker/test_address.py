import pytest

from penstock.errors import RequestError
from penstock.registry import check_address
from penstock.registry.sagemaker.address import Place, read_address


def test_an_address_names_region_bucket_and_prefix():
    uri = "sagemaker://eu-west-1?bucket=models&prefix=/team/registry/&image=repo/penstock:1"
    assert read_address(uri) == Place(
        uri, "eu-west-1", "models", "team/registry", "repo/penstock:1"
    )
    assert read_address("sagemaker://?region=us-gov-west-1").region == "us-gov-west-1"
    assert read_address("sagemaker://") == Place(
        "sagemaker://", "", "", "penstock-registry", "penstock:0.1.0"
    )


def test_every_wrong_part_of_an_address_is_told():
    uri = "sagemaker://ireland/x?bucked=models&region=eu-west-1"
    with pytest.raises(RequestError) as caught:
        check_address(uri)
    remedy = "Write sagemaker://REGION?bucket=BUCKET, such as sagemaker://eu-west-1?bucket=models."
    assert str(caught.value).splitlines() == [
        f"{uri}: 'bucked' is no setting of a SageMaker registry. {remedy}",
        f"{uri}: it names two Regions. {remedy}",
        f"{uri}: the path '/x' has no meaning. {remedy}",
    ]
    with pytest.raises(RequestError, match="'ireland' is no AWS Region"):
        check_address("sagemaker://ireland")
