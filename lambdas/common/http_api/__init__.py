"""The HTTP edge of every function behind an API Gateway HTTP API: reads requests, routes them, writes every answer."""

from common.http_api.edge import Response, Routes, respond
from common.http_api.problem import FieldError, Kind, Problem
from common.http_api.request import Request

__all__ = ["FieldError", "Kind", "Problem", "Request", "Response", "Routes", "respond"]
