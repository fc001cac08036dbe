"""Generates the messages and stubs from ../../proto when the package is built, so that none are kept."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
PROTO = HERE.parent.parent / "proto"
FILES = ("stance/v1/stance.proto", "stance/v1/stance_service.proto")


class Generate(build_py):
    """build_py, after the stubs are generated into the source folder."""

    def run(self):
        from grpc_tools import protoc

        out = str(HERE)
        status = protoc.main(["protoc", f"-I{PROTO}", f"--python_out={out}", f"--pyi_out={out}",
                              f"--grpc_python_out={out}", *FILES])
        if status != 0:
            raise SystemExit(f"protoc failed with status {status}")
        super().run()


setup(cmdclass={"build_py": Generate})
