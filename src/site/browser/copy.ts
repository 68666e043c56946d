/** A button beside commands that copies what a person would type: no prompts, no answers. */

export function copyButtons(block: HTMLElement): void {
  const typed = [...block.querySelectorAll('.typed')].map((one) => one.textContent.replace(/[‹›]/g, ''));
  if (typed.length === 0) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy';
  const name = typed.length === 1 ? 'Copy' : `Copy ${typed.length} commands`;
  button.textContent = name;
  button.addEventListener('click', () => {
    void copy(typed.join('\n')).then((isDone) => {
      button.textContent = isDone ? 'Copied' : 'Not allowed here';
      setTimeout(() => (button.textContent = name), 2000);
    });
  });
  block.append(button);
}

/** The clipboard needs a secure page, which plain http is not: there the old way, a selection. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    const isDone = document.execCommand('copy');
    area.remove();
    return isDone;
  }
}
