"""Executions of pipelines in an account: started, found, followed, stopped, and their logs.

Pure SageMaker and CloudWatch Logs over boto3; what answers may as well be a server on this machine.
"""
