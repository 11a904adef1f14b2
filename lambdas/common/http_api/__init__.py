"""HTTP handling for every function behind an API Gateway HTTP API: requests, routing and responses."""

from common.http_api.edge import Response, Routes, respond
from common.http_api.problem import FieldError, Problem, ProblemType
from common.http_api.request import Request

__all__ = ["FieldError", "Problem", "ProblemType", "Request", "Response", "Routes", "respond"]
