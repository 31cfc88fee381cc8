"""Requests as the documentation of vendors writes them: the form is theirs, the words are ours.

Each is (what is copied, the body that comes out, the address).
"""

from __future__ import annotations

from typing import Any

Row = tuple[str, dict[str, Any], str]


def said(*pairs: str) -> list[dict[str, str]]:
    """Make messages of roles and texts, in turn."""
    return [{"role": role, "content": text} for role, text in zip(pairs[::2], pairs[1::2], strict=True)]


ASK = said("user", "Name a river.")
BRIEF = said("system", "Be brief.", "user", "Name a river.")
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tell the weather.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["C", "F"]}},
            "required": ["city"],
        },
    },
}
PICTURE = "https://example.com/a.png"

VENDORS: dict[str, Row] = {
    "OpenAI, curl": (
        """curl https://api.openai.com/v1/chat/completions \\
  -H "Content-Type: application/json" \\
  -H "Authorization: Bearer $OPENAI_API_KEY" \\
  -d '{
    "model": "gpt-5.4",
    "messages": [
      {
        "role": "developer",
        "content": "Be brief."
      },
      {
        "role": "user",
        "content": "Name a river."
      }
    ]
  }'
""",
        {"model": "gpt-5.4", "messages": said("developer", "Be brief.", "user", "Name a river.")},
        "https://api.openai.com/v1",
    ),
    "OpenAI, an image in Python": (
        f"""from openai import OpenAI

client = OpenAI()

response = client.chat.completions.create(
    model="gpt-4.1",
    messages=[
        {{
            "role": "user",
            "content": [
                {{"type": "text", "text": "What is there?"}},
                {{
                    "type": "image_url",
                    "image_url": {{
                        "url": "{PICTURE}",
                    }}
                }},
            ],
        }}
    ],
    max_tokens=300,
)

print(response.choices[0])
""",
        {
            "model": "gpt-4.1",
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "What is there?"},
                        {"type": "image_url", "image_url": {"url": PICTURE}},
                    ],
                }
            ],
            "max_tokens": 300,
        },
        "",
    ),
    "OpenAI, tools in JavaScript": (
        """import OpenAI from "openai";

const openai = new OpenAI();

async function main() {
  const messages = [{"role": "user", "content": "Name a river."}];
  const tools = [
      {
        "type": "function",
        "function": {
          "name": "weather",
          "description": "Tell the weather.",
          "parameters": {
            "type": "object",
            "properties": {
              "city": { "type": "string" },
              "unit": {"type": "string", "enum": ["C", "F"]},
            },
            "required": ["city"],
          },
        }
      }
  ];

  const response = await openai.chat.completions.create({
    model: "gpt-4.1",
    messages: messages,
    tools: tools,
    tool_choice: "auto",
  });

  console.log(response);
}

main();
""",
        {"model": "gpt-4.1", "messages": ASK, "tools": [WEATHER], "tool_choice": "auto"},
        "",
    ),
    "OpenAI, streaming in TypeScript": (
        """import OpenAI from 'openai';

const client = new OpenAI({
  apiKey: process.env['OPENAI_API_KEY'], // This is the default and can be omitted
});

const stream = await client.chat.completions.create({
  model: 'gpt-4o',
  messages: [{ role: 'user', content: 'Name a river.' }],
  stream: true,
});
for await (const chunk of stream) {
  process.stdout.write(chunk.choices[0]?.delta?.content || '');
}
""",
        {"model": "gpt-4o", "messages": ASK, "stream": True},
        "",
    ),
    "OpenAI, the Responses API": (
        """curl https://api.openai.com/v1/responses \\
  -H "Content-Type: application/json" \\
  -H "Authorization: Bearer $OPENAI_API_KEY" \\
  -d '{
    "model": "gpt-5.4",
    "reasoning": {"effort": "low"},
    "instructions": "Be brief.",
    "input": "Name a river."
  }'
""",
        {"model": "gpt-5.4", "reasoning_effort": "low", "messages": BRIEF},
        "https://api.openai.com/v1",
    ),
    "Azure, curl": (
        """curl "https://my-resource.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21" \\
  -H "Content-Type: application/json" \\
  -H "api-key: 0123456789abcdef0123456789abcdef" \\
  -d '{"messages":[{"role": "system", "content": "Be brief."},{"role": "user", "content": "Name a river."}]}'
""",
        {"messages": BRIEF},
        "https://my-resource.openai.azure.com/openai/deployments/gpt-4o?api-version=2024-10-21",
    ),
    "Azure, Python": (
        """import os
from openai import AzureOpenAI

client = AzureOpenAI(
    azure_endpoint = "https://my-resource.openai.azure.com/",
    api_key=os.getenv("AZURE_OPENAI_API_KEY"),
    api_version="2024-10-21"
)

response = client.chat.completions.create(
    model="gpt-4o", # model = "deployment_name".
    messages=[
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Name a river."},
    ]
)
""",
        {"model": "gpt-4o", "messages": BRIEF},
        "https://my-resource.openai.azure.com/openai/deployments/gpt-4o?api-version=2024-10-21",
    ),
    "Azure, on your data": (
        """curl -i -X POST "https://my-resource.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=1" \\
  -H "Content-Type: application/json" -H "Authorization: Bearer $(az account get-access-token)" \\
  -d '{"data_sources": [{"type": "azure_search", "parameters": {"endpoint": "https://s.example.com",
       "authentication": {"type": "api_key", "key": "sk-secret-of-the-search"}}}],
       "messages": [{"role": "user", "content": "Name a river."}]}'
""",
        {
            "data_sources": [
                {
                    "type": "azure_search",
                    "parameters": {
                        "endpoint": "https://s.example.com",
                        "authentication": {"type": "api_key"},
                    },
                }
            ],
            "messages": ASK,
        },
        "https://my-resource.openai.azure.com/openai/deployments/gpt-4o?api-version=1",
    ),
    "Mistral, curl": (
        """curl --location "https://api.mistral.ai/v1/chat/completions" \\
     --header 'Content-Type: application/json' \\
     --header 'Accept: application/json' \\
     --header "Authorization: Bearer $MISTRAL_API_KEY" \\
     --data '{
    "model": "mistral-large-latest",
    "messages": [
     {
        "role": "user",
        "content": "Name a river."
      }
    ]
  }'
""",
        {"model": "mistral-large-latest", "messages": ASK},
        "https://api.mistral.ai/v1",
    ),
    "Mistral, Python": (
        """import os
from mistralai import Mistral

api_key = os.environ["MISTRAL_API_KEY"]
model = "mistral-large-latest"

client = Mistral(api_key=api_key)

chat_response = client.chat.complete(
    model= model,
    messages = [
        {
            "role": "user",
            "content": "Name a river.",
        },
    ]
)
print(chat_response.choices[0].message.content)
""",
        {"model": "mistral-large-latest", "messages": ASK},
        "https://api.mistral.ai/v1",
    ),
    "Mistral, TypeScript": (
        """import { Mistral } from '@mistralai/mistralai';

const apiKey = process.env.MISTRAL_API_KEY;

const client = new Mistral({apiKey: apiKey});

const chatResponse = await client.chat.complete({
  model: 'mistral-large-latest',
  messages: [{role: 'user', content: 'Name a river.'}],
  maxTokens: 64,
  responseFormat: {type: 'json_object'},
});
""",
        {
            "model": "mistral-large-latest",
            "messages": ASK,
            "max_tokens": 64,
            "response_format": {"type": "json_object"},
        },
        "https://api.mistral.ai/v1",
    ),
    "DeepSeek, curl": (
        """curl https://api.deepseek.com/chat/completions \\
  -H "Content-Type: application/json" \\
  -H "Authorization: Bearer ${DEEPSEEK_API_KEY}" \\
  -d '{
        "model": "deepseek-chat",
        "messages": [
          {"role": "system", "content": "Be brief."},
          {"role": "user", "content": "Name a river."}
        ],
        "stream": false
      }'
""",
        {"model": "deepseek-chat", "messages": BRIEF, "stream": False},
        "https://api.deepseek.com",
    ),
    "DeepSeek, Python": (
        """# Please install OpenAI SDK first: `pip3 install openai`
import os
from openai import OpenAI

client = OpenAI(
    api_key=os.environ.get('DEEPSEEK_API_KEY'),
    base_url="https://api.deepseek.com")

response = client.chat.completions.create(
    model="deepseek-chat",
    messages=[
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Name a river."},
    ],
    stream=False,
    extra_body={"thinking": {"type": "enabled"}}
)
""",
        {"model": "deepseek-chat", "messages": BRIEF, "stream": False, "thinking": {"type": "enabled"}},
        "https://api.deepseek.com",
    ),
    "Groq, Python": (
        """import os

from groq import Groq

client = Groq(
    # This is the default and can be omitted
    api_key=os.environ.get("GROQ_API_KEY"),
)

chat_completion = client.chat.completions.create(
    messages=[
        {
            "role": "user",
            "content": "Name a river.",
        }
    ],
    model="llama-3.3-70b-versatile",
    temperature=0.5,
    max_completion_tokens=1024,
    top_p=1,
    stop=None,
    stream=False,
)
""",
        {
            "model": "llama-3.3-70b-versatile",
            "messages": ASK,
            "temperature": 0.5,
            "max_completion_tokens": 1024,
            "top_p": 1,
            "stop": None,
            "stream": False,
        },
        "https://api.groq.com/openai/v1",
    ),
    "Groq, JavaScript": (
        """import Groq from "groq-sdk";

const groq = new Groq({ apiKey: process.env.GROQ_API_KEY });

export async function main() {
  const chatCompletion = await getGroqChatCompletion();
  console.log(chatCompletion.choices[0]?.message?.content || "");
}

export async function getGroqChatCompletion() {
  return groq.chat.completions.create({
    messages: [
      {
        role: "user",
        content: "Name a river.",
      },
    ],
    model: "openai/gpt-oss-20b",
  });
}
""",
        {"model": "openai/gpt-oss-20b", "messages": ASK},
        "https://api.groq.com/openai/v1",
    ),
    "Together, Python": (
        """from together import Together

client = Together()

stream = client.chat.completions.create(
  model="meta-llama/Llama-3.3-70B-Instruct-Turbo",
  messages=[{"role": "user", "content": "Name a river."}],
  repetition_penalty=1,
  stop=["<|eot_id|>", "<|eom_id|>"],
  stream=True,
)

for chunk in stream:
  print(chunk.choices[0].delta.content or "", end="", flush=True)
""",
        {
            "model": "meta-llama/Llama-3.3-70B-Instruct-Turbo",
            "messages": ASK,
            "repetition_penalty": 1,
            "stop": ["<|eot_id|>", "<|eom_id|>"],
            "stream": True,
        },
        "https://api.together.xyz/v1",
    ),
    "OpenRouter, fetch": (
        """fetch('https://openrouter.ai/api/v1/chat/completions', {
  method: 'POST',
  headers: {
    Authorization: 'Bearer <OPENROUTER_API_KEY>',
    'HTTP-Referer': '<YOUR_SITE_URL>', // Optional. Site URL for rankings on openrouter.ai.
    'X-Title': '<YOUR_SITE_NAME>', // Optional. Site title for rankings on openrouter.ai.
    'Content-Type': 'application/json',
  },
  body: JSON.stringify({
    model: 'openai/gpt-4o',
    messages: [
      {
        role: 'user',
        content: 'Name a river.',
      },
    ],
    provider: { order: ['anthropic', 'openai'], allow_fallbacks: false },
  }),
});
""",
        {
            "model": "openai/gpt-4o",
            "messages": ASK,
            "provider": {"order": ["anthropic", "openai"], "allow_fallbacks": False},
        },
        "https://openrouter.ai/api/v1",
    ),
    "OpenRouter, requests with a dump": (
        """import requests
import json

response = requests.post(
  url="https://openrouter.ai/api/v1/chat/completions",
  headers={
    "Authorization": "Bearer <OPENROUTER_API_KEY>",
    "X-Title": "<YOUR_SITE_NAME>", # Optional.
  },
  data=json.dumps({
    "model": "openai/gpt-4o", # Optional
    "messages": [
      {
        "role": "user",
        "content": "Name a river."
      }
    ]
  })
)
""",
        {"model": "openai/gpt-4o", "messages": ASK},
        "https://openrouter.ai/api/v1",
    ),
    "OpenRouter, the SDK's headers": (
        """from openai import OpenAI

client = OpenAI(
  base_url="https://openrouter.ai/api/v1",
  api_key="<OPENROUTER_API_KEY>",
)

completion = client.chat.completions.create(
  extra_headers={
    "HTTP-Referer": "<YOUR_SITE_URL>", # Optional. Site URL for rankings on openrouter.ai.
    "X-Title": "<YOUR_SITE_NAME>", # Optional. Site title for rankings on openrouter.ai.
  },
  extra_body={},
  model="deepseek/deepseek-r1",
  messages=[{"role": "user", "content": "Name a river."}]
)
""",
        {"model": "deepseek/deepseek-r1", "messages": ASK},
        "https://openrouter.ai/api/v1",
    ),
    "xAI, curl": (
        """curl https://api.x.ai/v1/chat/completions -s \\
-H "Content-Type: application/json" \\
-H "Authorization: Bearer $XAI_API_KEY" \\
-m 3600 \\
-d '{
    "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Name a river."}],
    "model": "grok-4", "stream": false
}'
""",
        {"model": "grok-4", "messages": BRIEF, "stream": False},
        "https://api.x.ai/v1",
    ),
    "vLLM, curl": (
        """curl http://localhost:8000/v1/chat/completions \\
    -H "Content-Type: application/json" \\
    -d '{
        "model": "Qwen/Qwen2.5-1.5B-Instruct",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Name a river."}
        ]
    }'
""",
        {"model": "Qwen/Qwen2.5-1.5B-Instruct", "messages": BRIEF},
        "http://localhost:8000/v1",
    ),
    "vLLM, the SDK and an extra body": (
        """from openai import OpenAI
# Set OpenAI's API key and API base to use vLLM's API server.
openai_api_key = "EMPTY"
openai_api_base = "http://localhost:8000/v1"

client = OpenAI(
    api_key=openai_api_key,
    base_url=openai_api_base,
)

completion = client.chat.completions.create(
    model="NousResearch/Meta-Llama-3-8B-Instruct",
    messages=[
        {"role": "user", "content": "Name a river."}
    ],
    extra_body={
        "structured_outputs": {"choice": ["Rhine", "Po"]},
        "top_k": 50
    }
)
""",
        {
            "model": "NousResearch/Meta-Llama-3-8B-Instruct",
            "messages": ASK,
            "structured_outputs": {"choice": ["Rhine", "Po"]},
            "top_k": 50,
        },
        "http://localhost:8000/v1",
    ),
    "Ollama, curl": (
        """curl -X POST http://localhost:11434/v1/chat/completions \\
-H "Content-Type: application/json" \\
-d '{
  "model": "gpt-oss:20b",
  "messages": [{ "role": "user", "content": "Name a river." }]
}'
""",
        {"model": "gpt-oss:20b", "messages": ASK},
        "http://localhost:11434/v1",
    ),
    "Ollama, JavaScript": (
        """import OpenAI from "openai";

const openai = new OpenAI({
  baseURL: "http://localhost:11434/v1/",
  apiKey: "ollama", // required but ignored
});

const chatCompletion = await openai.chat.completions.create({
  messages: [{ role: "user", content: "Name a river." }],
  model: "gpt-oss:20b",
});
""",
        {"model": "gpt-oss:20b", "messages": ASK},
        "http://localhost:11434/v1",
    ),
    "Ollama, its own package": (
        """from ollama import chat
from ollama import ChatResponse

response: ChatResponse = chat(model='gemma3', messages=[
  {
    'role': 'user',
    'content': 'Name a river.',
  },
])
print(response['message']['content'])
""",
        {"model": "gemma3", "messages": ASK},
        "",
    ),
    "LM Studio, curl": (
        """curl http://localhost:1234/v1/chat/completions \\
  -H "Content-Type: application/json" \\
  -d '{
    "model": "lmstudio-community/qwen2.5-7b-instruct",
    "messages": [
      { "role": "system", "content": "Be brief." },
      { "role": "user", "content": "Name a river." }
    ],
    "temperature": 0.7,
    "max_tokens": -1,
    "stream": true
}'
""",
        {
            "model": "lmstudio-community/qwen2.5-7b-instruct",
            "messages": BRIEF,
            "temperature": 0.7,
            "max_tokens": -1,
            "stream": True,
        },
        "http://localhost:1234/v1",
    ),
    "llama.cpp, curl": (
        """curl http://localhost:8080/v1/chat/completions \\
-H "Content-Type: application/json" \\
-H "Authorization: Bearer no-key" \\
-d '{
"model": "gpt-3.5-turbo",
"messages": [
{
    "role": "system",
    "content": "Be brief."
},
{
    "role": "user",
    "content": "Name a river."
}
],
"grammar": "root ::= \\"Rhine\\" | \\"Po\\"",
"cache_prompt": true
}'
""",
        {
            "model": "gpt-3.5-turbo",
            "messages": BRIEF,
            "grammar": 'root ::= "Rhine" | "Po"',
            "cache_prompt": True,
        },
        "http://localhost:8080/v1",
    ),
    "llama.cpp, Python": (
        """import openai

client = openai.OpenAI(
    base_url="http://localhost:8080/v1", # "http://<Your api-server IP>:port"
    api_key = "sk-no-key-required"
)

completion = client.chat.completions.create(
  model="gpt-3.5-turbo",
  messages=[
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Name a river."}
  ]
)
""",
        {"model": "gpt-3.5-turbo", "messages": BRIEF},
        "http://localhost:8080/v1",
    ),
    "Anthropic's compatible endpoint, Python": (
        """from openai import OpenAI

client = OpenAI(
    api_key="ANTHROPIC_API_KEY",  # Your API key
    base_url="https://api.anthropic.com/v1/",  # the API endpoint
)

response = client.chat.completions.create(
    model="claude-opus-4-6",  # a model's name
    messages=[
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Name a river."},
    ],
    extra_body={"thinking": {"type": "enabled", "budget_tokens": 2000}},
)
""",
        {
            "model": "claude-opus-4-6",
            "messages": BRIEF,
            "thinking": {"type": "enabled", "budget_tokens": 2000},
        },
        "https://api.anthropic.com/v1",
    ),
    "Google's compatible endpoint, curl": (
        """curl "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions" \\
-H "Content-Type: application/json" \\
-H "Authorization: Bearer GEMINI_API_KEY" \\
-d '{
    "model": "gemini-3-flash-preview",
    "reasoning_effort": "low",
    "messages": [
        {"role": "user", "content": "Name a river."}
      ]
    }'
""",
        {"model": "gemini-3-flash-preview", "reasoning_effort": "low", "messages": ASK},
        "https://generativelanguage.googleapis.com/v1beta/openai",
    ),
    "Google's compatible endpoint, JavaScript": (
        """import OpenAI from "openai";

const openai = new OpenAI({
    apiKey: "GEMINI_API_KEY",
    baseURL: "https://generativelanguage.googleapis.com/v1beta/openai/"
});

const response = await openai.chat.completions.create({
    model: "gemini-3-flash-preview",
    messages: [
        {   role: "system",
            content: "Be brief."
        },
        {
            role: "user",
            content: "Name a river.",
        },
    ],
});
""",
        {"model": "gemini-3-flash-preview", "messages": BRIEF},
        "https://generativelanguage.googleapis.com/v1beta/openai",
    ),
    "Hugging Face's router, Python": (
        """import os
from huggingface_hub import InferenceClient

client = InferenceClient(provider="together", api_key=os.environ["HF_TOKEN"])

messages = [
    {
        "role": "user",
        "content": "Name a river."
    }
]

completion = client.chat_completion(messages, model="meta-llama/Llama-3.1-8B-Instruct", max_tokens=500)
""",
        {"model": "meta-llama/Llama-3.1-8B-Instruct", "max_tokens": 500, "messages": ASK},
        "",
    ),
    "LiteLLM, Python": (
        """from litellm import completion
import os

os.environ["OPENAI_API_KEY"] = "your-api-key"

response = completion(
  model="openai/gpt-4o",
  messages=[{ "content": "Name a river.","role": "user"}],
  api_base="http://localhost:4000/v1"
)
""",
        {"model": "openai/gpt-4o", "messages": ASK},
        "http://localhost:4000/v1",
    ),
    "Ollama on Windows, PowerShell's curl": (
        """curl.exe http://localhost:11434/v1/chat/completions -H "Content-Type: application/json" -d "{\\"model\\": \\"gemma3\\", \\"messages\\": [{\\"role\\": \\"user\\", \\"content\\": \\"Name a river.\\"}]}"
""",
        {"model": "gemma3", "messages": ASK},
        "http://localhost:11434/v1",
    ),
}
