"""The CDK app: one stage an account, from `environments.yaml` and a release."""
