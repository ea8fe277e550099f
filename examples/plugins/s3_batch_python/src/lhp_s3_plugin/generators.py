from lhp.core.base_generator import BaseActionGenerator
from lhp.models.config import Action
from typing import Dict, Any

class S3BatchLoadGenerator(BaseActionGenerator):
    """Load data from S3 in batch mode."""
    
    def __init__(self):
        super().__init__()
        self.add_import("import boto3")
        self.add_import("from pyspark.sql import SparkSession")
    
    def generate(self, action: Action, context: Dict[str, Any]) -> str:
        """Generate S3 batch load code."""
        source_config = action.source if isinstance(action.source, dict) else {}
        
        bucket = source_config.get('bucket')
        prefix = source_config.get('prefix', '')
        format = source_config.get('format', 'parquet')
        
        template_context = {
            'target': action.target,
            'bucket': bucket,
            'prefix': prefix,
            'format': format,
            'reader_options': source_config.get('reader_options', {}),
            'description': action.description or f"S3 batch load from s3://{bucket}/{prefix}"
        }
        
        return self.render_template('load/s3_batch.py.j2', template_context)
