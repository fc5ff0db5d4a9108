"""What CloudFormation may do in an account: the policies that `cdk bootstrap` gives its role.

They cover the stacks of an account but `access`: roles are deployed by people. CloudFormation reads
back what it makes, so reading is allowed by the same names.
"""
