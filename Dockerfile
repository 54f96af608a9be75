# The chat page in a container: docker build -t quoth .
# PIP_OPTIONS can name an index with a CPU build of torch, which is several gigabytes smaller.
FROM python:3.12-slim AS build
ARG PIP_OPTIONS=""
# Instructions that other processors may lack are left out, as an image moves between machines.
ARG CMAKE_ARGS="-DGGML_NATIVE=OFF"
RUN apt-get update && apt-get install -y --no-install-recommends g++ make && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/quoth
WORKDIR /src
COPY requirements.txt ./
COPY .ci/llama.py .ci/
RUN /opt/quoth/bin/pip install --no-cache-dir $PIP_OPTIONS "$(grep -o '^torch==[^ ]*' requirements.txt)"
RUN /opt/quoth/bin/python .ci/llama.py --no-cache-dir $PIP_OPTIONS
COPY . .
RUN /opt/quoth/bin/pip install --no-cache-dir $PIP_OPTIONS ".[people]"

FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home quoth && install -d -o quoth /articles /index /models
COPY --from=build /opt/quoth /opt/quoth
USER quoth
WORKDIR /home/quoth
# Fetched models are kept in /models.
ENV PATH=/opt/quoth/bin:$PATH HF_HOME=/models
EXPOSE 8501
HEALTHCHECK --start-period=60s CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://localhost:8501/_stcore/health')"]
# Publish the port to this computer alone, as compose.yaml does. For others, mount /home/quoth/.streamlit/secrets.toml
# (docs/using.md, For several people) and leave out --open-to-all.
CMD ["quoth", "page", "/articles", "--index", "/index", "--address", "0.0.0.0", "--open-to-all", "--port", "8501", "--no-browser"]
