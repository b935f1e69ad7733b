# Made by `nanoswarm images bake`: the images for who builds with buildx, without the kit. From this folder:
#
#   docker buildx bake                                    all services, slim, for this machine
#   docker buildx bake presence scanner                   some of them
#   VARIANT=alpine docker buildx bake                     another variant: slim, multistage, alpine, official
#   PLATFORMS=linux/amd64,linux/arm64,linux/arm/v7 REGISTRY=192.0.2.10:5000/ docker buildx bake --push
#   CA=/etc/ssl/certs/ca-certificates.crt docker buildx bake   behind a proxy with an authority of its own
#
# Budgets are not looked at here, and images.lock is not written: nanoswarm images build and push do.
variable "VARIANT" { default = "slim" }
variable "PYTHON_IMAGE" { default = "" } # "": python:3.13-alpine, and for official python:3.13
variable "PLATFORMS" { default = "" }
variable "REGISTRY" { default = "" } # with a slash at its end
variable "REVISION" { default = "" }
variable "CA" { default = "" }
variable "USUAL" { default = VARIANT == "official" ? "python:3.13" : "python:3.13-alpine" }
variable "BASE" { default = PYTHON_IMAGE == "" ? USUAL : PYTHON_IMAGE }
variable "NAMES" { default = VARIANT == "slim" ? [":${VARIANT}", ""] : [":${VARIANT}"] }

target "_service" {
  context    = "."
  dockerfile = "dockerfiles/Dockerfile"
  target     = VARIANT
  args       = {PYTHON_IMAGE = BASE, BASE = BASE}
  labels     = REVISION == "" ? {} : {"org.opencontainers.image.revision" = REVISION}
  platforms  = PLATFORMS == "" ? [] : split(",", PLATFORMS)
  secret     = CA == "" ? [] : ["id=ca,src=${CA}"]
}

group "default" { targets = ["auth", "controller", "guidance", "meeting", "presence", "scanner"] }

target "auth" {
  inherits = ["_service"]
  args     = {WORD = "auth", EXTRAS = "web,sql"}
  tags     = [for name in NAMES : "${REGISTRY}nanoswarm/auth${name}"]
}

target "controller" {
  inherits = ["_service"]
  args     = {WORD = "controller", EXTRAS = ""}
  tags     = [for name in NAMES : "${REGISTRY}nanoswarm/controller${name}"]
}

target "guidance" {
  inherits = ["_service"]
  args     = {WORD = "guidance", EXTRAS = "gpio"}
  tags     = [for name in NAMES : "${REGISTRY}nanoswarm/guidance${name}"]
}

target "meeting" {
  inherits = ["_service"]
  args     = {WORD = "meeting", EXTRAS = "web,pages"}
  tags     = [for name in NAMES : "${REGISTRY}nanoswarm/meeting${name}"]
}

target "presence" {
  inherits = ["_service"]
  args     = {WORD = "presence", EXTRAS = "gpio"}
  tags     = [for name in NAMES : "${REGISTRY}nanoswarm/presence${name}"]
}

target "scanner" {
  inherits = ["_service"]
  args     = {WORD = "scanner", EXTRAS = "ble"}
  tags     = [for name in NAMES : "${REGISTRY}nanoswarm/scanner${name}"]
}
