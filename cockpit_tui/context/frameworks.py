"""Frameworks and notable libraries, told from what the manifests depend on."""

from __future__ import annotations

from cockpit_tui.context.corpus import Corpus
from cockpit_tui.context.dependencies import (
    node_dependencies,
    other_dependencies,
    python_dependencies,
)
from cockpit_tui.context.manifests import Manifests

_PYTHON = {
    "django": "Django", "flask": "Flask", "fastapi": "FastAPI", "starlette": "Starlette",
    "aiohttp": "aiohttp", "tornado": "Tornado", "quart": "Quart", "litestar": "Litestar",
    "sqlalchemy": "SQLAlchemy", "alembic": "Alembic", "celery": "Celery", "pydantic": "Pydantic",
    "click": "Click", "typer": "Typer", "textual": "Textual", "rich": "Rich", "numpy": "NumPy",
    "pandas": "pandas", "polars": "Polars", "scikit-learn": "scikit-learn", "torch": "PyTorch",
    "tensorflow": "TensorFlow", "jax": "JAX", "transformers": "Transformers",
    "langchain": "LangChain", "anthropic": "Anthropic SDK", "openai": "OpenAI SDK",
    "streamlit": "Streamlit", "gradio": "Gradio", "scrapy": "Scrapy", "httpx": "HTTPX",
    "requests": "Requests", "pytest": "pytest", "hypothesis": "Hypothesis", "sphinx": "Sphinx",
    "mkdocs": "MkDocs", "mkdocs-material": "MkDocs", "jinja2": "Jinja", "werkzeug": "Werkzeug",
}
_NODE = {
    "react": "React", "next": "Next.js", "vue": "Vue", "nuxt": "Nuxt", "svelte": "Svelte",
    "@sveltejs/kit": "SvelteKit", "@angular/core": "Angular", "solid-js": "Solid",
    "astro": "Astro", "express": "Express", "fastify": "Fastify", "koa": "Koa", "hono": "Hono",
    "@nestjs/core": "NestJS", "electron": "Electron", "react-native": "React Native",
    "vite": "Vite", "webpack": "webpack", "rollup": "Rollup", "esbuild": "esbuild",
    "typescript": "TypeScript", "jest": "Jest", "vitest": "Vitest", "mocha": "Mocha",
    "ava": "AVA", "@playwright/test": "Playwright", "cypress": "Cypress", "eslint": "ESLint",
    "@biomejs/biome": "Biome", "prettier": "Prettier", "tailwindcss": "Tailwind CSS",
    "prisma": "Prisma", "@prisma/client": "Prisma", "drizzle-orm": "Drizzle", "zod": "Zod",
    "@anthropic-ai/sdk": "Anthropic SDK", "openai": "OpenAI SDK",
    "@supabase/supabase-js": "Supabase", "langchain": "LangChain", "ink": "Ink",
}
_OTHER = {
    "tokio": "Tokio", "axum": "axum", "actix-web": "Actix Web", "rocket": "Rocket",
    "serde": "Serde", "clap": "clap", "bevy": "Bevy", "ratatui": "Ratatui", "sqlx": "SQLx",
    "github.com/gin-gonic/gin": "Gin", "github.com/labstack/echo/v4": "Echo",
    "github.com/gofiber/fiber/v2": "Fiber", "github.com/spf13/cobra": "Cobra",
    "github.com/stretchr/testify": "Testify", "gorm.io/gorm": "GORM",
    "github.com/charmbracelet/bubbletea": "Bubble Tea", "google.golang.org/grpc": "gRPC",
    "rails": "Rails", "sinatra": "Sinatra", "rspec": "RSpec", "laravel/framework": "Laravel",
    "symfony/framework-bundle": "Symfony", "spring-boot-starter": "Spring Boot",
    "spring-boot-starter-web": "Spring Boot", "junit": "JUnit", "junit-jupiter": "JUnit",
}
_FILES = {
    "Dockerfile": "Docker", "docker-compose.yml": "Docker Compose",
    "docker-compose.yaml": "Docker Compose", "compose.yaml": "Docker Compose",
    "compose.yml": "Docker Compose", "tailwind.config.js": "Tailwind CSS",
    "next.config.js": "Next.js", "manage.py": "Django", "Chart.yaml": "Helm",
    "angular.json": "Angular", "serverless.yml": "Serverless Framework",
}


def find_frameworks(corpus: Corpus, manifests: Manifests) -> tuple[str, ...]:
    """Names as their makers write them, in the order of the tables; each once."""
    found = []
    for table, present in (
            (_PYTHON, python_dependencies(corpus, manifests)),
            (_NODE, node_dependencies(manifests)),
            (_OTHER, other_dependencies(corpus, manifests)),
            (_FILES, corpus.paths)):
        found += [label for name, label in table.items() if name in present]
    return tuple(dict.fromkeys(found))
