// How Streamlit puts the map on a page of the app: once, and given what it draws with every run.

const maps = new WeakMap();

export default function (component) {
  const { parentElement, data } = component;
  let desk = maps.get(parentElement);
  if (!desk) {
    desk = new Desk(parentElement);
    maps.set(parentElement, desk);
  }
  desk.take(component, data);
  return () => {
    desk.end();
    maps.delete(parentElement);
  };
}
