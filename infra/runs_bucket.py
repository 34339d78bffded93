"""The runs bucket: plans, batches and reports, under runs/<run id>/."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.configuration import StageConfiguration


class RunsBucket(Construct):
    """A private, versioned bucket that answers over TLS only.

    A stack that is destroyed leaves a bucket that still holds objects: emptying it would take a
    custom resource with the right to delete everything in it.
    """

    def __init__(self, scope: Construct, id: str, stage: StageConfiguration) -> None:
        super().__init__(scope, id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            versioned=True,
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="ExpireOldVersions",
                    expiration=Duration.days(stage.run_retention_days) if stage.run_retention_days else None,
                    noncurrent_version_expiration=Duration.days(stage.noncurrent_version_days),
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                )
            ],
            removal_policy=RemovalPolicy.RETAIN if stage.retains_data else RemovalPolicy.DESTROY,
        )

    @property
    def run_objects_arn(self) -> str:
        """Everything any run wrote."""
        return self.bucket.arn_for_objects("runs/*")
