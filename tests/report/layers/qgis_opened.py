"""Open a project, or a GeoPackage as a planner drops it into one, in QGIS: say and draw what he sees.

Run by the Python that has QGIS: qgis_opened.py FILE PICTURE.png [west south east north] prints one JSON document.
"""

import json
import sqlite3
import sys


def dropped(path):
    """Return the layers of a GeoPackage, each with its default style, the last one on top."""
    from qgis.core import QgsVectorLayer

    with sqlite3.connect(path) as connection:
        names = [row[0] for row in connection.execute("SELECT table_name FROM gpkg_geometry_columns ORDER BY rowid")]
    layers = [QgsVectorLayer(f"{path}|layername={name}", name, "ogr") for name in names]
    for layer in layers:
        assert layer.loadDefaultStyle()[1], layer.name()
    return layers[::-1]


def settings_of(path, extent):
    """Return what the map shows: the layers that are switched on, the view as it opens."""
    from qgis.core import QgsMapSettings, QgsProject, QgsRectangle
    from qgis.PyQt.QtCore import QSize
    from qgis.PyQt.QtGui import QColor

    settings = QgsMapSettings()
    if path.endswith(".qgs"):
        project = QgsProject.instance()
        assert project.read(path), project.error()
        layers = [node.layer() for node in project.layerTreeRoot().findLayers() if node.isVisible()]
        settings.setDestinationCrs(project.crs())
        view = QgsRectangle(project.viewSettings().defaultViewExtent())
    else:
        layers = dropped(path)
        QgsProject.instance().addMapLayers(layers)  # settings hold no layer of their own
        settings.setDestinationCrs(layers[0].crs())
        view = next(layer for layer in layers if layer.name() == "service_units").extent()
    settings.setLayers(layers)
    settings.setBackgroundColor(QColor("white"))
    settings.setOutputSize(QSize(1600, 1200))
    settings.setOutputDpi(110)
    settings.setExtent(QgsRectangle(*map(float, extent)) if extent else view)
    return settings


def main(path, picture, *extent):
    from qgis.core import QgsApplication, QgsMapRendererSequentialJob

    application = QgsApplication([], False)  # noqa: FBT003 - QGIS knows no name for it
    application.initQgis()
    settings = settings_of(path, extent)
    layers = settings.layers()
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(picture)
    results, names, drawn = job.takeLabelingResults(), {layer.id(): layer.name() for layer in layers}, {}
    for label in results.labelsWithinRect(settings.visibleExtent()):
        drawn.setdefault(names[label.layerID], []).append(label.labelText)
    told = {
        layer.name(): {
            "valid": layer.isValid(),
            "legend": [node.label() for node in layer.renderer().legendSymbolItems()],
        }
        for layer in layers
    }
    print(json.dumps({"layers": told, "labels": drawn}, ensure_ascii=False))
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
