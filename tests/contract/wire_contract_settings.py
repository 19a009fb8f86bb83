"""What every wire owes to wrong settings: told before anything is sent, without what is secret."""

from __future__ import annotations

import pytest
from contract.wire_contract import Wire
from support.model_server import ModelServer, Silence

from cockpit_tui.domain.errors import CredentialsRefused, ProviderUnavailable, RequestRefused


class SettingsContract(Wire):
    """Keys, headers and base URLs that cannot be."""

    async def test_nobody_there_is_told_with_the_address(self) -> None:
        async with ModelServer(lambda _: Silence()) as server:
            url = server.url
        with pytest.raises(ProviderUnavailable, match=url):
            await self.provider(url).complete(self.request())

    @pytest.mark.parametrize("key", ["ключ", "two words", "line\nbreak"])
    async def test_a_key_that_can_be_none_is_never_sent(self, key: str) -> None:
        async with ModelServer(lambda _: Silence()) as server:
            with pytest.raises(CredentialsRefused) as caught:
                await self.provider(server.url, key=key).complete(self.request())
            assert (server.requests, key in caught.value.message) == ([], False)

    @pytest.mark.parametrize("header", ["s\u00e9cret-1", "secret-1\nx: y", "\x00secret-1"])
    async def test_a_header_that_can_be_none_is_never_sent(self, header: str) -> None:
        async with ModelServer(lambda _: Silence()) as server:
            with pytest.raises(RequestRefused, match="X-Extra") as caught:
                await self.provider(server.url, headers={"X-Extra": header}).complete(
                    self.request())
            assert (server.requests, "cret-1" in caught.value.message) == ([], False)

    @pytest.mark.parametrize("url", ["", "model.example", "ftp://h", "http://", "http://[::",
                                     "http://h:99999", "http:///v1", "http://a b/"])
    async def test_a_base_url_that_is_none_is_told(self, url: str) -> None:
        with pytest.raises(RequestRefused, match="base URL"):
            await self.provider(url or "/").complete(self.request())

    async def test_a_password_in_the_base_url_is_not_told(self) -> None:
        async with ModelServer(lambda _: Silence()) as server:
            url = server.url
        with pytest.raises(ProviderUnavailable, match=url) as caught:
            await self.provider(url.replace("//", "//me:secret-1@")).complete(self.request())
        assert "secret-1" not in caught.value.message + caught.value.hint
