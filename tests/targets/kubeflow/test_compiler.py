"""From a wired pipeline to the IR."""

from pathlib import Path

import yaml
from kfp import compiler, dsl

from penstock.targets.kubeflow import compile_pipeline


@dsl.container_component
def echo(text: str) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="busybox", command=["echo"], args=[text])


@dsl.pipeline(name="echoes", description="Says it twice.")
def echoes(text: str = "hello", times: int = 2) -> None:
    first = echo(text=text)
    first.platform_config["sagemaker"] = {"step": "processing"}
    echo(text=text).after(first)


def test_the_documents_equal_those_of_kfps_own_compiler(tmp_path: Path) -> None:
    file = tmp_path / "echoes.yaml"
    compiler.Compiler().compile(echoes, str(file))
    document = compile_pipeline(echoes)
    assert [document.specification, document.platforms] == list(
        yaml.safe_load_all(file.read_text())
    )


def test_compiling_twice_gives_the_same_bytes() -> None:
    assert compile_pipeline(echoes).to_yaml() == compile_pipeline(echoes).to_yaml()
