"""llama.cpp's own server on a free loopback port, in the environment that `fetch.sh` made.

    python llama_serve.py MODEL.gguf KEY

The first line of stdout is its URL, stderr its log; it ends when stdin is closed.
"""

from __future__ import annotations

import os
import sys

SLOTS, WINDOW_TOKENS = 4, 4096
ALIAS = "smollm2"
TEMPLATE = """\
{%- if tools -%}
<|im_start|>system
{% if messages[0].role == 'system' %}{{ messages[0].content + '\\n\\n' }}{% endif -%}
# Tools

You may call these functions:
<tools>
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}
</tools>

For each call return a JSON object with name and arguments within <tool_call></tool_call> tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call><|im_end|>
{% elif messages[0].role == 'system' -%}
<|im_start|>system
{{ messages[0].content }}<|im_end|>
{% endif -%}
{%- for message in messages -%}
{%- if message.role == 'assistant' -%}
<|im_start|>assistant
{% if message.content %}{{ message.content }}{% endif -%}
{%- for call in message.tool_calls or [] -%}
{{ '\\n<tool_call>\\n{"name": "' + call.function.name + '", "arguments": ' }}
{{- call.function.arguments | tojson }}
{{- '}\\n</tool_call>' }}
{%- endfor -%}
<|im_end|>
{% elif message.role == 'tool' -%}
<|im_start|>user
<tool_response>
{{ message.content }}
</tool_response><|im_end|>
{% elif message.role == 'user' -%}
<|im_start|>user
{{ message.content }}<|im_end|>
{% endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
<|im_start|>assistant
{% endif -%}
"""
"""The model's own ChatML with the tools of Qwen's and Hermes's templates: its own has none, and
then the server drops tools without a word."""


def main(model: str, key: str) -> None:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = model
    params.model_alias = {ALIAS}
    params.api_keys = [key]
    params.port = 0
    params.n_parallel, params.n_ctx = SLOTS, SLOTS * WINDOW_TOKENS
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = max(1, (os.cpu_count() or 1) // 2)
    params.use_jinja, params.chat_template = True, TEMPLATE
    params.endpoint_slots, params.ui = True, False
    params.sampling.seed, params.sampling.temp = 7, 0.0
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
