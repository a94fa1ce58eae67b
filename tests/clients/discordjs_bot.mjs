// A small bot of stock discord.js for the client checks. DISCORD_API_URL and DISCORD_TOKEN say where to log in.

import { createHash } from 'node:crypto';
import {
  ActionRowBuilder,
  AttachmentBuilder,
  ButtonBuilder,
  ButtonStyle,
  Client,
  ContainerBuilder,
  EmbedBuilder,
  Events,
  GatewayIntentBits,
  MediaGalleryBuilder,
  MediaGalleryItemBuilder,
  MessageFlags,
  ModalBuilder,
  TextDisplayBuilder,
  TextInputBuilder,
  TextInputStyle,
} from 'discord.js';

const { DISCORD_API_URL, DISCORD_TOKEN } = process.env;
const [api, version] = DISCORD_API_URL.split('/v');
const { Guilds, GuildMessages, MessageContent } = GatewayIntentBits;
const client = new Client({ intents: [Guilds, GuildMessages, MessageContent], rest: { api, version } });

client.once(Events.ClientReady, async () => {
  await client.application.commands.set([{ name: 'look', description: 'Answer later' }]);
});

client.on(Events.MessageCreate, async (message) => {
  if (message.author.bot) return;
  const picture = message.attachments.first();
  if (!picture) return;
  const bytes = Buffer.from(await (await fetch(picture.url)).arrayBuffer());
  const digest = createHash('sha256').update(bytes).digest('hex');
  const embed = new EmbedBuilder().setTitle(digest).setImage('attachment://plot.png');
  const button = new ButtonBuilder().setCustomId('name').setLabel('Name').setStyle(ButtonStyle.Primary);
  await message.reply({
    embeds: [embed],
    files: [new AttachmentBuilder(bytes, { name: 'plot.png', description: `${picture.width} × ${picture.height}` })],
    components: [new ActionRowBuilder().addComponents(button)],
    allowedMentions: { parse: [] },
  });
});

client.on(Events.InteractionCreate, async (interaction) => {
  if (interaction.isChatInputCommand()) {
    await interaction.deferReply();
    await interaction.editReply('first');
    const item = new MediaGalleryItemBuilder().setURL('attachment://plot.txt').setDescription('a plot');
    const box = new ContainerBuilder()
      .addTextDisplayComponents(new TextDisplayBuilder().setContent('second'))
      .addMediaGalleryComponents(new MediaGalleryBuilder().addItems(item));
    await interaction.followUp({
      components: [box],
      files: [new AttachmentBuilder(Buffer.from('a plot'), { name: 'plot.txt' })],
      flags: MessageFlags.Ephemeral | MessageFlags.IsComponentsV2,
    });
  } else if (interaction.isButton()) {
    const field = new TextInputBuilder().setCustomId('text').setLabel('Name').setStyle(TextInputStyle.Short);
    const modal = new ModalBuilder().setCustomId('form').setTitle('Name');
    await interaction.showModal(modal.addComponents(new ActionRowBuilder().addComponents(field)));
  } else if (interaction.isModalSubmit()) {
    const text = interaction.fields.getTextInputValue('text');
    await interaction.update({ content: `named ${text}`, components: [] });
  }
});

await client.login(DISCORD_TOKEN);
