"""CodePipeline: executes the pipelines that moto only keeps."""
