# Le cours, en deux commandes : « make site », « make test ». Détails : README.md.
# Tous les chemins sont relatifs : le dépôt peut être dans un dossier dont le nom a des espaces ou des accents.

export PYTHONUTF8 = 1
.DEFAULT_GOAL := help
.PHONY: help walk site teacher live pdf test bench clean

help: ## cette aide
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1	\2/p' Makefile
	@echo "  PYTHON=…	impose l'interpréteur : make site PYTHON=/usr/bin/python3.12"
	@echo "  ARGS=…	passe des arguments à pytest : make test ARGS='-k typographie'"

site: ## exécute chaque bloc et construit build/html/ (pages) et build/html/diapos/ (diaporamas)
	@sh .ci/prepare site
	@.venv/bin/python -m epreuve site

teacher: ## construit build/enseignant/ : solutions ouvertes, notes de l’orateur, minutage, grilles (à ne pas publier)
	@sh .ci/prepare site
	@.venv/bin/python -m epreuve site --teacher

live: ## pour écrire : reconstruit à chaque enregistrement et recharge le navigateur sur place
	@sh .ci/prepare site
	@.venv/bin/python -m epreuve live

pdf: ## imprime build/pdf/cours.pdf et un PDF par diaporama (construit d’abord le site)
	@sh .ci/prepare tests
	@.venv/bin/python -m epreuve site
	@.venv/bin/python -m epreuve pdf

test: ## exécute tous les tests (construit le cours s’il ne l’est pas)
	@sh .ci/prepare tests
	@.venv/bin/python -m pytest tests $(ARGS)

bench: ## mesure les durées, à côté de trois autres outils (une heure, machine au repos ; ARGS=--help)
	@test -x build/bench-venv/bin/python || "$$(sh .ci/prepare python)" -m venv build/bench-venv
	@build/bench-venv/bin/python -m pip install -q -r benchmarks/requirements.txt
	@build/bench-venv/bin/python -m benchmarks $(ARGS)

walk: ## parcourt chaque page et chaque diapositive du site construit (quelques minutes)
	@.venv/bin/python tests/walk.py build/html

clean: ## efface ce qui a été construit, résultats enregistrés compris (garde .venv)
	@rm -rf build .pytest_cache
