"""The server's HTTP API in JSON. A route is data: dispatch, OpenAPI, client and reference come from one table."""
