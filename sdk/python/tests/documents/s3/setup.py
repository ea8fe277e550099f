from setuptools import setup, find_packages

setup(
    name='lhp-s3-plugin',
    version='1.0.0',
    packages=find_packages(),
    install_requires=[
        'lakehouse-plumber>=0.2.6',
        'boto3>=1.26.0',
    ],
    entry_points={
        'lhp.load_generators': [
            's3_batch = lhp_s3_plugin.plugin:S3Plugin',
        ],
    },
    package_data={
        'lhp_s3_plugin': ['templates/*.j2'],
    },
)
