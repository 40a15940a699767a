"""How people sign in to the app, as the environment says it."""

from __future__ import annotations

from dataclasses import dataclass, field

from rag.secret import Secret


@dataclass(frozen=True, slots=True)
class SignIn:
    """An OpenID Connect provider, this app as it knows it, and who is what.

    `provider` is the issuer's address, `client` and `secret` what it registered the app under, `cookie` the key that signs the app's
    cookies, `address` where people open the app, `scope` what is asked of the provider, `claim` the name under which its ID token lists
    a person's groups, and `hours` how long one sign-in holds.

    `users`, `reviewers` and `admins` hold names of groups, mail addresses («a@example.co.jp») and mail domains («@example.co.jp»);
    without `users` everybody whom the provider lets in may ask. Nothing set means a single user on this machine.
    """

    provider: str = ""
    client: str = ""
    secret: Secret = field(default_factory=Secret)
    cookie: Secret = field(default_factory=Secret)
    address: str = ""
    scope: str = "openid email profile"
    claim: str = "groups"
    hours: int = 10
    users: frozenset[str] = frozenset()
    reviewers: frozenset[str] = frozenset()
    admins: frozenset[str] = frozenset()

    @property
    def required(self) -> bool:
        """Whether people have to sign in: true as soon as anything of it is set, so that half a configuration lets nobody in."""
        given = (self.provider, self.client, self.secret, self.cookie, self.address, self.users, self.reviewers, self.admins)
        return any(map(bool, given))
