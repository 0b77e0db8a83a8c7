# The one door: `make` lists what there is. Settings come from the environment or from .env.
.DEFAULT_GOAL := help
.PHONY: help up down logs demo dev image

name := $(or $(QLINES_NAME),$(shell sed -n 's/^QLINES_NAME=//p' .env 2>/dev/null),qlines)

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

up: ## get Docker if missing, build the image, start the container, wait until it is ready
	@appliance/up.sh up

image: ## build the image only
	@appliance/up.sh image

down: ## stop and remove the container; the data stay in its volume
	@docker stop $(name) >/dev/null && docker rm $(name) >/dev/null && echo "$(name) is down, its data are in the volume $(name)-data"

logs: ## follow the log of all programs
	@docker logs --follow --tail 100 $(name)

demo: ## 20 simulated devices that send until Ctrl-C
	@docker exec $(name) qlines simulate --devices 20

dev: ## run with the source mounted; a program starts anew when its source changes
	@appliance/up.sh dev
