"""CloudFormation on moto: every type of a template is created for real, or nothing is."""
