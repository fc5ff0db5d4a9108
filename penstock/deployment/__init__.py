"""Pipelines in an account: what is there, what would change, and changing it without a lost update.

`make_plan` compares, `upsert` applies, `delete` removes. Between them and `UpdatePipeline`, which
takes the last writer's word, stand a lock and numbered version records in a DynamoDB table.
"""
