"""What runs in the container: between SageMaker's contract and KFP's.

Standard library only, and Python 3.8 is enough: all modules but `own_component` and
`plain_training` also travel to images that hold nothing of this project.
"""
