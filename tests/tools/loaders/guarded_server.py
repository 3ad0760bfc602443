"""An MCP server of the official SDK that takes tokens of an authorization server.

Started as `guarded_server.py PORT ISSUER`. A token has to be signed by the issuer, meant for this server, and
"""

import sys

import jwt
from mcp.server import MCPServer
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings

PORT, ISSUER = int(sys.argv[1]), sys.argv[2]
HERE = f"http://127.0.0.1:{PORT}/mcp"


class Signed:
    """Checks signature, issuer, audience and time of a token."""

    async def verify_token(self, token: str) -> AccessToken | None:
        try:
            key = jwt.PyJWKClient(f"{ISSUER}/jwks").get_signing_key_from_jwt(token)
            claims = jwt.decode(token, key, ["RS256"], audience=HERE, issuer=ISSUER)
        except jwt.PyJWTError:
            return None
        scopes = claims.get("scope", "").split()
        return AccessToken(
            token=token, client_id=claims["client_id"], scopes=scopes, expires_at=claims["exp"], resource=HERE
        )


server = MCPServer(
    "garden",
    token_verifier=Signed(),
    auth=AuthSettings(
        issuer_url=ISSUER,  # type: ignore[arg-type]
        resource_server_url=HERE,  # type: ignore[arg-type]
        required_scopes=["garden:read"],
        validate_token_resource=True,
    ),
)


@server.tool()
def count_plants(bed: str) -> int:
    """Count the plants of a bed."""
    return len(bed)


@server.tool()
def repeat_token() -> str:
    """Say the token that the caller came with."""
    found = get_access_token()
    return f"It was {found.token if found else 'none'}."


server.run("streamable-http", port=PORT)
