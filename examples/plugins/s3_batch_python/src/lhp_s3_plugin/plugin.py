from lhp.plugin.interfaces import ILoadGeneratorPlugin, PluginMetadata
from .generators import S3BatchLoadGenerator

class S3Plugin(ILoadGeneratorPlugin):
    """S3 batch load plugin for lakehouse-plumber."""
    
    def get_metadata(self) -> PluginMetadata:
        return PluginMetadata(
            name="lhp-s3-plugin",
            version="1.0.0",
            description="S3 batch loading support for lakehouse-plumber",
            author="Example Author",
            requires_lhp_version=">=0.2.6",
            dependencies=["boto3>=1.26.0"]
        )
    
    def validate_environment(self) -> bool:
        """Check if boto3 is available."""
        try:
            import boto3
            return True
        except ImportError:
            return False
    
    def get_source_type(self) -> str:
        return "s3_batch"
    
    def get_generator_class(self) -> type:
        return S3BatchLoadGenerator
